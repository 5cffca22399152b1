// Everything that becomes text or bytes.
#include <arpa/inet.h>

#include <charconv>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/text/utf8.hpp>

#include "bytes.hpp"
#include "decode.hpp"

namespace qry::postgresql {

namespace {

constexpr char hex[] = "0123456789abcdef";

class bytes_decoder final : public decoder {
public:
    bytes_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        out_.append({reinterpret_cast<const char*>(data), size});
        return true;
    }

private:
    arrow::binary_builder& out_;
};

// For a database in SQL_ASCII, whose texts are bytes that nobody has looked at.
class checked_text_decoder final : public decoder {
public:
    checked_text_decoder(arrow::column_builder& column, decode_problem& problem, std::size_t skip)
        : decoder(column, problem),
          out_(static_cast<arrow::binary_builder&>(column)),
          skip_(skip) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        std::string_view text(reinterpret_cast<const char*>(data), size);
        if (skip_ != 0 && (size == 0 || data[0] != 1)) return malformed("jsonb", size);
        text.remove_prefix(skip_);
        const std::size_t valid = text::valid_utf8_prefix(text);
        if (valid != text.size()) {
            return refuse(
                "a text is not UTF-8 (byte " + std::to_string(valid + 1) +
                    "); the database's encoding is SQL_ASCII, so the server does not convert it",
                "Say what it is: convert_from(column::bytea, 'LATIN1'); or read column::bytea."
            );
        }
        out_.append(text);
        return true;
    }

private:
    arrow::binary_builder& out_;
    const std::size_t skip_;
};

class jsonb_decoder final : public decoder {
public:
    jsonb_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size == 0 || data[0] != 1) return malformed("jsonb", size);
        out_.append({reinterpret_cast<const char*>(data) + 1, size - 1});
        return true;
    }

private:
    arrow::binary_builder& out_;
};

class uuid_decoder final : public decoder {
public:
    uuid_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 16) return malformed("uuid", size);
        char* out = out_.prepare(36);
        for (int i = 0; i < 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
            *out++ = hex[data[i] >> 4];
            *out++ = hex[data[i] & 15];
        }
        out_.commit(36);
        return true;
    }

private:
    arrow::binary_builder& out_;
};

class bits_decoder final : public decoder {
public:
    bits_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size < 4) return malformed("bit string", size);
        const auto count = load<std::uint32_t>(data);
        if ((std::uint64_t{count} + 7) / 8 != size - 4) return malformed("bit string", size);
        char* out = out_.prepare(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            out[i] = (data[4 + i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
        }
        out_.commit(count);
        return true;
    }

private:
    arrow::binary_builder& out_;
};

class hardware_address_decoder final : public decoder {
public:
    hardware_address_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 6 && size != 8) return malformed("macaddr", size);
        char* out = out_.prepare(size * 3);
        for (std::uint32_t i = 0; i < size; ++i) {
            if (i != 0) *out++ = ':';
            *out++ = hex[data[i] >> 4];
            *out++ = hex[data[i] & 15];
        }
        out_.commit(size * 3 - 1);
        return true;
    }

private:
    arrow::binary_builder& out_;
};

// family, bits, is_cidr, number of bytes, bytes; written as the server writes it: the mask is left
// out when it covers a whole inet address.
class network_decoder final : public decoder {
public:
    network_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        constexpr int family_4 = 2;
        constexpr int family_6 = 3;
        if (size < 4) return malformed("inet", size);
        const bool six = data[0] == family_6;
        const unsigned bytes = six ? 16 : 4;
        if ((!six && data[0] != family_4) || data[3] != bytes || size != 4 + bytes ||
            data[1] > bytes * 8) {
            return malformed("inet", size);
        }
        char* out = out_.prepare(INET6_ADDRSTRLEN + 4);
        if (::inet_ntop(six ? AF_INET6 : AF_INET, data + 4, out, INET6_ADDRSTRLEN) == nullptr) {
            return malformed("inet", size);
        }
        std::size_t length = std::string_view(out).size();
        if (data[2] != 0 || data[1] != bytes * 8) {
            out[length++] = '/';
            length = static_cast<std::size_t>(
                std::to_chars(out + length, out + length + 3, data[1]).ptr - out
            );
        }
        out_.commit(length);
        return true;
    }

private:
    arrow::binary_builder& out_;
};

}  // namespace

std::unique_ptr<decoder> make_text_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem, bool check_text
) {
    switch (plan.form) {
        case value_form::bytes:
            return std::make_unique<bytes_decoder>(column, problem);
        case value_form::text:
            if (check_text) return std::make_unique<checked_text_decoder>(column, problem, 0);
            return std::make_unique<bytes_decoder>(column, problem);
        case value_form::jsonb:
            if (check_text) return std::make_unique<checked_text_decoder>(column, problem, 1);
            return std::make_unique<jsonb_decoder>(column, problem);
        case value_form::uuid:
            return std::make_unique<uuid_decoder>(column, problem);
        case value_form::bits:
            return std::make_unique<bits_decoder>(column, problem);
        case value_form::network:
            return std::make_unique<network_decoder>(column, problem);
        case value_form::hardware_address:
            return std::make_unique<hardware_address_decoder>(column, problem);
        default:
            return nullptr;
    }
}

}  // namespace qry::postgresql
