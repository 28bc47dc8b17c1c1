// How fast a machine does what matching pursuit consists of.
#pragma once

namespace tessera::inline v0::transplant {

/// Operations a second of one thread. An operation is a multiplication or an addition.
struct machine_speed {
    double float_products = 0;  ///< in products of matrices, single precision
    double short_products = 0;  ///< of short numbers
    double byte_products = 0;   ///< of bytes
    double float_updates = 0;   ///< in adding up rows of numbers
    double byte_updates = 0;    ///< of bytes
    double exact = 0;           ///< in double precision
};

}  // namespace tessera::inline v0::transplant
