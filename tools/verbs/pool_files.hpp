// The arrays of `tessera pool` on disk, written batch by batch: each array is one file, and only numbers of words,
// units and documents are held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/error.hpp>
#include <tessera/io/npy_file.hpp>
#include <tessera/pool/layouts.hpp>
#include "../cli/json_writer.hpp"
#include "../cli/output_folder.hpp"

namespace tessera::cli {

/// One array: its file, and what the description says of it.
struct pooled_array {
    std::string name;
    std::string meaning;
    npy_output file;
    std::vector<std::uint64_t> shape = {};

    pooled_array(output_folder const& folder, std::string array_name, npy_type type, std::string what)
        : name(std::move(array_name)), meaning(std::move(what)), file(folder.file(name + ".npy"), type) {}

    void finish(std::vector<std::uint64_t> final_shape) {
        shape = std::move(final_shape);
        file.finish(shape);
    }
    void describe(json_writer& w) const {
        w.begin_object().member("name", name).member("file", name + ".npy").member("dtype", name_of(file.type()));
        w.array("shape", shape).member("meaning", meaning).end_object();
    }
};

/// How much has been written.
struct pooled_totals {
    std::uint64_t n_documents = 0;
    std::uint64_t n_words = 0;
    std::uint64_t n_units = 0;
};

class ragged_files {
public:
    ragged_files(output_folder const& folder, bool with_index)
        : ids_(folder, "ids", npy_type::int32, "the units of all words, one word after another"),
          word_offsets_(folder, "word_offsets", npy_type::int64, "word i is ids[word_offsets[i]:word_offsets[i + 1]]"),
          byte_begin_(folder, "byte_begin", npy_type::int64, "of each word, the byte of its document where it begins"),
          byte_end_(folder, "byte_end", npy_type::int64, "of each word, the byte of its document behind it"),
          document_offsets_(folder, "document_offsets", npy_type::int64,
                            "document d is the words document_offsets[d] to document_offsets[d + 1] - 1") {
        if (with_index) {
            index_.emplace_back(folder, "word_index", npy_type::int32, "of each id, the number of its word");
        }
        std::int64_t const zero = 0;
        word_offsets_.file.write(std::span(&zero, 1));
        document_offsets_.file.write(std::span(&zero, 1));
    }

    /// @param ends   whether the last document ends here
    /// @return       true: it has all been written
    bool add(ragged_words& words, bool ends) {
        if (!index_.empty()) {
            if (totals_.n_words + words.n_words() > std::numeric_limits<std::int32_t>::max()) {
                throw error(error_kind::limit, "word_index", "there are more than 2^31 - 1 words",
                            "pass --no-word-index, or make several folders");
            }
            auto const before = static_cast<std::int32_t>(totals_.n_words);
            for (std::int32_t& i : words.word_index) i += before;
            index_[0].file.write<std::int32_t>(words.word_index);
        }
        ids_.file.write<std::int32_t>(words.ids);
        add_offsets(words.word_offsets, totals_.n_units, true, word_offsets_.file);
        byte_begin_.file.write<std::int64_t>(words.byte_begin);
        byte_end_.file.write<std::int64_t>(words.byte_end);
        add_offsets(words.document_offsets, totals_.n_words, ends, document_offsets_.file);
        totals_.n_units += words.ids.size();
        totals_.n_words += words.n_words();
        totals_.n_documents += words.n_documents() - (ends ? 0 : 1);
        return true;
    }

    void finish() {
        ids_.finish({totals_.n_units});
        word_offsets_.finish({totals_.n_words + 1});
        byte_begin_.finish({totals_.n_words});
        byte_end_.finish({totals_.n_words});
        document_offsets_.finish({totals_.n_documents + 1});
        for (pooled_array& index : index_) index.finish({totals_.n_units});
    }
    void describe(json_writer& w) const {
        for (pooled_array const* a : {&ids_, &word_offsets_, &byte_begin_, &byte_end_, &document_offsets_})
            a->describe(w);
        for (pooled_array const& index : index_) index.describe(w);
    }
    [[nodiscard]] pooled_totals const& totals() const noexcept { return totals_; }

private:
    // All but the first, which is known already; without the last, if what it ends goes on.
    void add_offsets(uninitialized_vector<std::int64_t> const& offsets, std::uint64_t before, bool with_last,
                     npy_output& file) {
        moved_.clear();
        std::size_t const n = offsets.size() - (with_last ? 0 : 1);
        for (std::size_t i = 1; i < n; ++i) moved_.push_back(offsets[i] + static_cast<std::int64_t>(before));
        file.write<std::int64_t>(moved_);
    }

    pooled_array ids_;
    pooled_array word_offsets_;
    pooled_array byte_begin_;
    pooled_array byte_end_;
    pooled_array document_offsets_;
    std::vector<pooled_array> index_;  // one, or none
    std::vector<std::int64_t> moved_;
    pooled_totals totals_;
};

class padded_files {
public:
    padded_files(output_folder const& folder, std::size_t words_per_row, std::size_t slots)
        : words_per_row_(words_per_row),
          slots_(slots),
          ids_(folder, "ids", npy_type::int32, "[row, word, slot]: prefix ids, units, padding"),
          unit_mask_(folder, "unit_mask", npy_type::uint8, "[row, word, slot]: 1 for a unit or the end of a word"),
          lengths_(folder, "lengths", npy_type::int32, "[row, word]: units, the end of the word included"),
          word_mask_(folder, "word_mask", npy_type::uint8, "[row, word]: 1 for a word, 0 where all slots are padding"),
          byte_begin_(folder, "byte_begin", npy_type::int64, "[row, word]: the byte of its document where it begins"),
          byte_end_(folder, "byte_end", npy_type::int64, "[row, word]: the byte of its document behind it"),
          document_offsets_(folder, "document_offsets", npy_type::int64,
                            "document d is the rows document_offsets[d] to document_offsets[d + 1] - 1") {
        std::int64_t const zero = 0;
        document_offsets_.file.write(std::span(&zero, 1));
    }

    /// @param ends   whether the last document ends here: otherwise, a row that is not full is left out
    /// @return       false: the last row was left out
    bool add(padded_words const& words, bool ends) {
        std::size_t n_rows = words.n_rows;
        bool const leaves_out = !ends && n_rows > 0 && words.word_mask.back() == 0;
        if (leaves_out) --n_rows;
        std::size_t const n = n_rows * words_per_row_;
        ids_.file.write(std::span(words.ids).first(n * slots_));
        unit_mask_.file.write(std::span(words.unit_mask).first(n * slots_));
        lengths_.file.write(std::span(words.lengths).first(n));
        word_mask_.file.write(std::span(words.word_mask).first(n));
        byte_begin_.file.write(std::span(words.byte_begin).first(n));
        byte_end_.file.write(std::span(words.byte_end).first(n));
        std::size_t const n_documents = words.n_documents() - (ends ? 0 : 1);
        for (std::size_t d = 0; d < n_documents; ++d) {
            std::int64_t const end = words.document_offsets[d + 1] + static_cast<std::int64_t>(n_rows_);
            document_offsets_.file.write(std::span(&end, 1));
        }
        for (std::size_t i = 0; i < n; ++i) {
            totals_.n_words += words.word_mask[i];
            totals_.n_units += static_cast<std::uint64_t>(words.lengths[i]);
        }
        n_rows_ += n_rows;
        totals_.n_documents += n_documents;
        return !leaves_out;
    }

    void finish() {
        for (pooled_array* a : {&ids_, &unit_mask_}) a->finish({n_rows_, words_per_row_, slots_});
        for (pooled_array* a : {&lengths_, &word_mask_, &byte_begin_, &byte_end_}) a->finish({n_rows_, words_per_row_});
        document_offsets_.finish({totals_.n_documents + 1});
    }
    void describe(json_writer& w) const {
        for (pooled_array const* a :
             {&ids_, &unit_mask_, &lengths_, &word_mask_, &byte_begin_, &byte_end_, &document_offsets_}) {
            a->describe(w);
        }
    }
    [[nodiscard]] pooled_totals const& totals() const noexcept { return totals_; }

private:
    std::size_t words_per_row_;
    std::size_t slots_;
    pooled_array ids_;
    pooled_array unit_mask_;
    pooled_array lengths_;
    pooled_array word_mask_;
    pooled_array byte_begin_;
    pooled_array byte_end_;
    pooled_array document_offsets_;
    std::uint64_t n_rows_ = 0;
    pooled_totals totals_;
};

}  // namespace tessera::cli
