// Orthogonal matching pursuit by itself: tokens that one model has and another has not are written as combinations of
// tokens that both have; the same combinations of the other model's rows are their rows there.
#include <cstddef>
#include <cstdio>
#include <random>

#include <tessera/core/error.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/matching_pursuit.hpp>

namespace {

using tessera::transplant::matrix;

matrix random_rows(Eigen::Index n, Eigen::Index dim, unsigned seed) {
    std::mt19937 source(seed);
    std::normal_distribution<float> normal;
    return matrix::NullaryExpr(n, dim, [&] { return normal(source); });
}

}  // namespace

int main() {
    namespace transplant = tessera::transplant;
    try {
        // Here both models are made up. In earnest these are rows of their embeddings: see tools/verbs/transplant.cpp.
        matrix const shared_in_donor = random_rows(2000, 256, 1);
        matrix const shared_in_base = random_rows(2000, 320, 2);
        matrix const new_in_donor = 0.75F * shared_in_donor.topRows(100) - 0.5F * shared_in_donor.middleRows(500, 100);

        transplant::anchor_set const anchors(shared_in_donor);
        transplant::pursuit_statistics statistics;
        transplant::sparse_combinations const sparse = transplant::matching_pursuit(
            anchors, new_in_donor, {.k = 8, .tolerance = 1e-5}, tessera::tbb_executor(), &statistics);
        matrix const new_in_base = transplant::combine(sparse, shared_in_base);

        std::printf("token 7 in the donor:");
        for (std::size_t i = 0; i < sparse.support(7).size(); ++i) {
            std::printf(" %+.4f * shared token %u", sparse.coefficients(7)[i], sparse.support(7)[i]);
        }
        matrix const expected = 0.75F * shared_in_base.topRows(100) - 0.5F * shared_in_base.middleRows(500, 100);
        double const error = static_cast<double>((new_in_base - expected).norm() / expected.norm());
        std::printf("\nrelative error of the base's rows: %.1e; engine: %s\n", error,
                    transplant::name(statistics.engine).data());
        return error < 1e-5 ? 0 : 1;
    } catch (tessera::error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
