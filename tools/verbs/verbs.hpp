// The verbs of the program. Each parses its command line, calls the library, prints; returns the exit code, or throws
// what tessera.cpp turns into one.
#pragma once

#include "../cli/command.hpp"

namespace tessera::cli {

int train(arguments const& args);
int count(arguments const& args);
int merge_counts(arguments const& args);
int encode(arguments const& args);
int decode(arguments const& args);
int inspect(arguments const& args);
int convert(arguments const& args);
int compare(arguments const& args);
int dynamic(arguments const& args);
int pool(arguments const& args);
int unpool(arguments const& args);
int transplant(arguments const& args);
int overlap(arguments const& args);
int align(arguments const& args);
int lm(arguments const& args);
int bytes(arguments const& args);
int mixture(arguments const& args);

}  // namespace tessera::cli
