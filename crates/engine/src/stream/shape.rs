//! What a file may look like.

/// The forms in which a file may hold its elements.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The way to the array through wrapping objects: `["job", "data"]` for `{"job": {"data": […]}}`.
    pub path: &'static [&'static str],
    /// Whether the file may be the array itself.
    pub bare_array: bool,
    /// Keys by which a first object is known to be an element of its own, in a file of one object after another; with
    /// none, such files are not taken.
    pub element_keys: &'static [&'static str],
    /// The largest element, and the most bytes around the array, in bytes.
    pub max_element_bytes: usize,
}
