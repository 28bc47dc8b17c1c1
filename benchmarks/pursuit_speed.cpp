// Orthogonal matching pursuit of many targets: time, cost model, and how the anchors chosen compare with those of the
// plain algorithm. Prints one JSON object. benchmarks/transplant_speed.py runs it beside mergekit.
//   pursuit_speed --matrices FILE.safetensors | --random TARGETS ANCHORS DIM
//                 [--k N] [--selection cosine|inner-product] [--engine NAME] [--memory-limit BYTES] [--threads N]
//                 [--runs N] [--plain-one-in N] [--dump FOLDER]
// FILE has `anchors` and `targets`, (n, dim) each; FOLDER gets model.safetensors with `index` and `coefficient`,
// (n_targets, k).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <sys/resource.h>

#include <tessera/core/error.hpp>
#include <tessera/io/model_tensors.hpp>
#include <tessera/io/write_safetensors.hpp>
#include <tessera/parallel/tbb_executor.hpp>
#include <tessera/transplant/matching_pursuit.hpp>
#include <tessera/transplant/measure_speed.hpp>
#include <tessera/transplant/transplanted_tensors.hpp>

#ifdef TESSERA_OPENBLAS
extern "C" void openblas_set_num_threads(int);
#endif

namespace {

using namespace tessera;
using namespace tessera::transplant;
using clock_type = std::chrono::steady_clock;

struct options {
    std::string matrices, dump;
    std::size_t n_targets = 0, n_anchors = 0, dim = 0;
    std::size_t k = 64;
    atom_selection selection = atom_selection::cosine;
    pursuit_engine engine = pursuit_engine::automatic;
    std::uint64_t memory_limit = std::uint64_t{8} << 30;
    std::size_t n_threads = std::thread::hardware_concurrency();
    std::size_t runs = 1;
    std::size_t plain_one_in = 0;
};

int usage() {
    std::fputs(
        "usage: pursuit_speed --matrices FILE.safetensors | --random TARGETS ANCHORS DIM\n"
        "  [--k N] [--selection cosine|inner-product] [--engine NAME] [--memory-limit BYTES] [--threads N]\n"
        "  [--runs N] [--plain-one-in N] [--dump FOLDER]\n",
        stderr);
    return 2;
}

bool parse(int argc, char** argv, options& o) {
    auto const number = [&](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
    for (int i = 1; i < argc; ++i) {
        std::string_view const name = argv[i];
        int const n_values = name == "--random" ? 3 : 1;
        if (i + n_values >= argc) return false;
        std::string_view const value = argv[i + 1];
        if (name == "--matrices")
            o.matrices = value;
        else if (name == "--dump")
            o.dump = value;
        else if (name == "--k")
            o.k = number(i + 1);
        else if (name == "--threads")
            o.n_threads = number(i + 1);
        else if (name == "--runs")
            o.runs = number(i + 1);
        else if (name == "--memory-limit")
            o.memory_limit = number(i + 1);
        else if (name == "--plain-one-in")
            o.plain_one_in = number(i + 1);
        else if (name == "--selection")
            o.selection = value == "cosine" ? atom_selection::cosine : atom_selection::inner_product;
        else if (name == "--random") {
            o.n_targets = number(i + 1);
            o.n_anchors = number(i + 2);
            o.dim = number(i + 3);
        } else if (name == "--engine") {
            bool found = value == "automatic";
            for (pursuit_engine const e : pursuit_engines) {
                if (value != tessera::transplant::name(e)) continue;
                o.engine = e;
                found = true;
            }
            if (!found) return false;
        } else {
            return false;
        }
        i += n_values;
    }
    return o.matrices.empty() != (o.n_targets * o.n_anchors * o.dim == 0) && o.k != 0 && o.runs != 0;
}

/// Rows such as models have them: around a mean, in clusters, of different lengths.
matrix random_rows(std::size_t n, std::size_t dim, unsigned seed) {
    auto const normal = [](std::size_t rows, std::size_t columns, unsigned from) {
        std::mt19937 source(from);
        std::normal_distribution<float> distribution;
        matrix m(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
        for (std::size_t i = 0; i < rows * columns; ++i) m.data()[i] = distribution(source);
        return m;
    };
    matrix const centres = normal(1000, dim, 7);
    matrix rows = normal(n, dim, seed);
    std::mt19937 source(seed + 1);
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
        rows.row(i) += 0.5F * centres.row(source() % 1000) + 0.3F * centres.row(0);
        rows.row(i) *= 0.01F * static_cast<float>(2 + source() % 3);
    }
    return rows;
}

/// The algorithm as it is usually written: all scores of every step, in double precision, and Gram-Schmidt twice over.
/// @return  (n_targets), anchors in the order of choice
std::vector<std::vector<std::uint32_t>> plain_pursuit(anchor_set const& anchors, matrix const& targets, std::size_t k) {
    using wide = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    constexpr std::size_t piece = 4096;
    auto const n = static_cast<std::size_t>(targets.rows());
    wide residuals = targets.cast<double>();
    std::vector<wide> basis(n, wide(static_cast<Eigen::Index>(k), targets.cols()));
    std::vector<std::vector<std::uint32_t>> supports(n);
    for (std::size_t step = 0; step < k; ++step) {
        std::vector<double> best(n, 0.0);
        std::vector<std::uint32_t> chosen(n, 0);
        for (std::size_t begin = 0; begin < anchors.size(); begin += piece) {
            auto const size = static_cast<Eigen::Index>(std::min(piece, anchors.size() - begin));
            wide const rows = anchors.rows().middleRows(static_cast<Eigen::Index>(begin), size).cast<double>();
            wide const products = residuals * rows.transpose();
            for (std::size_t i = 0; i < n; ++i) {
                for (Eigen::Index j = 0; j < size; ++j) {
                    auto const anchor = static_cast<std::uint32_t>(begin + static_cast<std::size_t>(j));
                    double const score = std::fabs(products(static_cast<Eigen::Index>(i), j)) * anchors.scale(anchor);
                    if (score <= best[i]) continue;
                    if (std::find(supports[i].begin(), supports[i].end(), anchor) != supports[i].end()) continue;
                    best[i] = score;
                    chosen[i] = anchor;
                }
            }
        }
        auto const t = static_cast<Eigen::Index>(step);
        for (std::size_t i = 0; i < n; ++i) {
            auto residual = residuals.row(static_cast<Eigen::Index>(i));
            if (best[i] == 0 || supports[i].size() < step) continue;
            Eigen::RowVectorXd v = anchors.rows().row(chosen[i]).cast<double>();
            double const length = v.norm();
            for (int pass = 0; pass < 2; ++pass) {
                Eigen::RowVectorXd const along = v * basis[i].topRows(t).transpose();
                v -= along * basis[i].topRows(t);
            }
            if (v.norm() <= 1e-7 * length) continue;
            basis[i].row(t) = v / v.norm();
            supports[i].push_back(chosen[i]);
            residual -= residual.dot(basis[i].row(t)) * basis[i].row(t);
        }
    }
    return supports;
}

template <class T>
tensor_source array_of(std::string name, tensor_type type, std::vector<T> const& values, std::size_t columns) {
    return {std::move(name), type, {values.size() / columns, columns}, [&values](byte_sink sink) {
                sink(std::string_view(reinterpret_cast<char const*>(values.data()), values.size() * sizeof(T)));
            }};
}

void run(options const& o) {
    matrix anchor_rows;
    matrix targets;
    if (o.matrices.empty()) {
        anchor_rows = random_rows(o.n_anchors, o.dim, 1);
        targets = random_rows(o.n_targets, o.dim, 2);
    } else {
        model_tensors const file(o.matrices);
        anchor_rows = read_matrix(file, file.at("anchors"));
        targets = read_matrix(file, file.at("targets"));
    }
    tbb_executor const executor(o.n_threads);
    machine_speed const speed = measure_speed(n_columns(targets), executor);
    double best_seconds = 0;
    double first_seconds = 0;
    sparse_combinations result;
    pursuit_statistics statistics;
    anchor_set const anchors(std::move(anchor_rows), o.selection);
    for (std::size_t i = 0; i < o.runs; ++i) {
        clock_type::time_point const begin = clock_type::now();
        result = matching_pursuit(anchors, targets,
                                  {.k = o.k, .engine = o.engine, .memory_limit = o.memory_limit, .speed = speed},
                                  executor, &statistics);
        double const seconds = std::chrono::duration<double>(clock_type::now() - begin).count();
        if (i == 0) first_seconds = seconds;
        if (i == 0 || seconds < best_seconds) best_seconds = seconds;
    }
    struct rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"engine\": \"%s\", \"kernels\": \"%s\", \"n_targets\": %zu, \"n_anchors\": %zu, \"dim\": %zu, ",
                name(statistics.engine).data(), anchors.kernels().name, n_rows(targets), anchors.size(), anchors.dim());
    std::printf("\"k\": %zu, \"threads\": %zu, \"seconds\": %.3f, \"first_seconds\": %.3f, \"peak_gb\": %.2f, ",
                result.k, o.n_threads, best_seconds, first_seconds, static_cast<double>(usage.ru_maxrss) * 1024e-9);
    pursuit_size const size{n_rows(targets), anchors.size(), anchors.dim(), result.k, o.n_threads};
    std::printf("\"expected_seconds\": {");
    char const* separator = "";
    for (pursuit_engine const e : pursuit_engines) {
        std::printf("%s\"%s\": %.1f", separator, name(e).data(), seconds(cost_of(e, size), speed, o.n_threads));
        separator = ", ";
    }
    std::printf(
        "}, \"speed\": {\"float_products\": %.3g, \"short_products\": %.3g, \"byte_products\": %.3g, "
        "\"float_updates\": %.3g, ",
        speed.float_products, speed.short_products, speed.byte_products, speed.float_updates);
    std::printf("\"byte_updates\": %.3g, \"exact\": %.3g}, ", speed.byte_updates, speed.exact);
    std::printf("\"operations\": %.4g, \"share_of_product_speed\": %.3f, \"scores_per_choice\": %.1f",
                statistics.cost.operations(),
                statistics.cost.operations() / best_seconds / speed.float_products / static_cast<double>(o.n_threads),
                static_cast<double>(statistics.n_scored) /
                    static_cast<double>(std::max<std::uint64_t>(1, statistics.n_chosen)));
    std::fflush(stdout);
    if (o.plain_one_in != 0) {
        std::vector<std::size_t> sampled;
        std::mt19937_64 source(1);
        for (std::size_t i = 0; i < n_rows(targets); ++i) {
            if (source() % o.plain_one_in == 0) sampled.push_back(i);
        }
        std::size_t n_equal = 0;
        clock_type::time_point const begin = clock_type::now();
        constexpr std::size_t at_once = 256;  // their bases take memory
        for (std::size_t first = 0; first < sampled.size(); first += at_once) {
            std::size_t const n = std::min(at_once, sampled.size() - first);
            matrix some(static_cast<Eigen::Index>(n), targets.cols());
            for (std::size_t i = 0; i < n; ++i) {
                some.row(static_cast<Eigen::Index>(i)) = targets.row(static_cast<Eigen::Index>(sampled[first + i]));
            }
#ifdef TESSERA_OPENBLAS
            openblas_set_num_threads(static_cast<int>(o.n_threads));
#endif
            auto const plain = plain_pursuit(anchors, some, result.k);
            for (std::size_t i = 0; i < n; ++i) {
                auto const support = result.support(sampled[first + i]);
                n_equal += plain[i] == std::vector<std::uint32_t>(support.begin(), support.end()) ? 1 : 0;
            }
        }
        std::printf(", \"plain\": {\"n\": %zu, \"n_equal\": %zu, \"seconds\": %.1f}", sampled.size(), n_equal,
                    std::chrono::duration<double>(clock_type::now() - begin).count());
    }
    std::printf("}\n");
    if (!o.dump.empty()) {
        std::vector<tensor_source> const tensors{
            array_of("index", tensor_type::i32, result.index, result.k),
            array_of("coefficient", tensor_type::f64, result.coefficient, result.k)};
        static_cast<void>(write_safetensors(o.dump, tensors, {.overwrite = true}));
    }
}

}  // namespace

int main(int argc, char** argv) {
    options o;
    if (!parse(argc, argv, o)) return usage();
#ifdef TESSERA_OPENBLAS
    openblas_set_num_threads(1);  // the executor has the threads
#endif
    try {
        run(o);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "pursuit_speed: %s\n", e.what());
        return 1;
    }
    return 0;
}
