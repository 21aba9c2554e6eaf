//! Does the spine keep its promises from request to clue?
