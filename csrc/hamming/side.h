// The two sides of a search.
#pragma once

namespace artgen::hamming {

enum class Side { query, target };

}  // namespace artgen::hamming
