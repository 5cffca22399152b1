#include "test_case.hpp"

namespace qry::conformance {

std::vector<test_case> all_tests() {
    std::vector<test_case> out;
    for (const auto part :
         {entry_tests(),
          connect_tests(),
          execute_tests(),
          result_tests(),
          introspect_tests(),
          cancel_tests()}) {
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

}  // namespace qry::conformance
