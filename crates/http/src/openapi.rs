//! Parts of the dialects' API documents that all of them share.
