//! Handing out the elements, whatever form the file has.

use std::io::Read;

use super::scan::{skip_space, skip_string, skip_value};
use super::window::Window;
use super::{Broken, Shape};

/// One element: its bytes and its place.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Its number in the file, from 0.
    pub number: u64,
    /// The JSON text, not yet checked.
    pub bytes: &'a [u8],
    /// The line where it begins, from 1.
    pub line: u64,
    /// The byte in that line, from 1.
    pub column: u64,
}

impl Element<'_> {
    /// The file's break at a place inside this element, given as line and column of the element's own text.
    pub fn broken(&self, what: String, line: usize, column: usize) -> Broken {
        let (line, column) = (line.max(1) as u64, column.max(1) as u64);
        let column = if line == 1 {
            self.column + column - 1
        } else {
            column
        };
        Broken {
            what,
            line: self.line + line - 1,
            column,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing read yet.
    Start,
    /// In the array; the next element is its first.
    First,
    /// In the array, behind an element.
    Next,
    /// In a file of one object after another.
    Lines,
    /// Everything was handed out and the end checked.
    Done,
}

/// Where the walk through wrapping objects stands. A walk, not a recursion: a hostile file may have any number of members.
enum Step {
    /// A member's key begins here.
    Member(usize),
    /// An object's closing brace is here.
    Close(usize),
    /// The array begins, or the file ends.
    Stop,
}

/// Reads the elements of one file. See the module's head.
pub struct Reader {
    window: Window,
    shape: Shape,
    state: State,
    /// How many wrapping objects are open.
    open: usize,
    /// How many members of the way to the array have been met; none may come a second time.
    entered: usize,
    number: u64,
    fields: Vec<(String, Vec<u8>)>,
    pending: usize,
}

impl Reader {
    /// A reader of `input` in one of the forms of `shape`.
    pub fn new(input: Box<dyn Read + Send>, shape: Shape) -> Self {
        let window = Window::new(input, shape.max_element_bytes);
        Self {
            window,
            shape,
            state: State::Start,
            open: 0,
            entered: 0,
            number: 0,
            fields: Vec::new(),
            pending: 0,
        }
    }

    /// The next element; `None` after the last, when the rest of the file was in order too.
    ///
    /// # Errors
    /// [`Broken`] where the file cannot be read on. The reader must not be used any more then.
    pub fn next_element(&mut self) -> Result<Option<Element<'_>>, Broken> {
        self.window.consume(std::mem::take(&mut self.pending));
        if self.state == State::Start {
            self.start()?;
        }
        let begins = match self.state {
            State::First => self.first_in_array()?,
            State::Next => self.next_in_array()?,
            State::Lines => self.next_line()?,
            State::Start | State::Done => None,
        };
        let Some(begins) = begins else {
            self.state = State::Done;
            return Ok(None);
        };
        self.hand_out(begins)
    }

    /// Members of the wrapping objects beside the array, by their dotted path, as JSON text. Those behind the array are
    /// there after the last element.
    pub fn fields(&self) -> &[(String, Vec<u8>)] {
        &self.fields
    }

    fn hand_out(&mut self, begins: usize) -> Result<Option<Element<'_>>, Broken> {
        self.window.consume(begins);
        let ends = skip_value(&mut self.window, 0)?;
        if ends > self.shape.max_element_bytes {
            let what = format!("more than {} bytes in one element", self.shape.max_element_bytes);
            return Err(self.window.broken(0, what));
        }
        if self.state != State::Lines {
            self.state = State::Next;
        }
        let number = self.number;
        self.number += 1;
        self.pending = ends;
        let (line, column) = self.window.place();
        Ok(Some(Element {
            number,
            bytes: &self.window.bytes()[..ends],
            line,
            column,
        }))
    }

    fn start(&mut self) -> Result<(), Broken> {
        let (at, first) = skip_space(&mut self.window, 0)?;
        match first {
            Some(b'[') if self.shape.bare_array => {
                self.window.consume(at + 1);
                self.state = State::First;
                Ok(())
            }
            Some(b'{') => {
                self.window.consume(at);
                let step = self.enter_object(1)?;
                self.walk(step)
            }
            Some(_) => {
                self.window.byte(at + 2)?;
                if let Some(what) = jsonb::byte_order_mark(&self.window.bytes()[at..]) {
                    return Err(self.window.broken(at, what));
                }
                let wanted = if self.shape.bare_array { "{ or [" } else { "{" };
                Err(self
                    .window
                    .broken(at, format!("the file must begin with {wanted}")))
            }
            None => Err(self.window.broken(at, "the file is empty")),
        }
    }

    fn walk(&mut self, mut step: Step) -> Result<(), Broken> {
        loop {
            step = match step {
                Step::Member(at) => self.member(at)?,
                Step::Close(at) => self.leave_object(at)?,
                Step::Stop => return Ok(()),
            }
        }
    }

    /// Into an object, from behind its brace at `at`.
    fn enter_object(&mut self, at: usize) -> Result<Step, Broken> {
        self.open += 1;
        let (at, next) = skip_space(&mut self.window, at)?;
        if next == Some(b'}') {
            return if self.open == 1 {
                self.as_line()
            } else {
                Ok(Step::Close(at))
            };
        }
        Ok(Step::Member(at))
    }

    /// One member, whose key begins at `at`, and what follows it.
    fn member(&mut self, at: usize) -> Result<Step, Broken> {
        if self.window.byte(at)? != Some(b'"') {
            return Err(self.window.broken(at, "expected a key in double quotes"));
        }
        let key_end = skip_string(&mut self.window, at)?;
        let key = String::from_utf8_lossy(&self.window.bytes()[at + 1..key_end - 1]).into_owned();
        let (colon, found) = skip_space(&mut self.window, key_end)?;
        if found != Some(b':') {
            return Err(self.window.broken(colon, "expected :"));
        }
        let (value, found) = skip_space(&mut self.window, colon + 1)?;
        let seen = self.state != State::Start;
        let is_on_the_way = self.shape.path.get(self.open - 1) == Some(&key.as_str());
        if is_on_the_way && self.entered >= self.open {
            return Err(self.window.broken(at, format!("duplicate key {key:?}")));
        }
        if !seen && self.open == 1 && self.shape.element_keys.contains(&key.as_str()) {
            return self.as_line();
        }
        if !seen && is_on_the_way {
            return self.on_the_way(&key, value, found);
        }
        self.keep_field(&key, value)
    }

    fn on_the_way(&mut self, key: &str, value: usize, found: Option<u8>) -> Result<Step, Broken> {
        let last = self.open == self.shape.path.len();
        self.entered = self.open;
        match found {
            Some(b'[') if last => {
                self.window.consume(value + 1);
                self.state = State::First;
                Ok(Step::Stop)
            }
            Some(b'{') if !last => self.enter_object(value + 1),
            _ => {
                let wanted = if last { "an array" } else { "an object" };
                Err(self.window.broken(value, format!("{key} must be {wanted}")))
            }
        }
    }

    fn keep_field(&mut self, key: &str, value: usize) -> Result<Step, Broken> {
        let end = skip_value(&mut self.window, value)?;
        let kept: usize = self
            .fields
            .iter()
            .map(|(name, text)| name.len() + text.len())
            .sum();
        if kept + key.len() + end - value > self.shape.max_element_bytes {
            return Err(self.window.broken(
                value,
                format!(
                    "more than {} bytes around the array",
                    self.shape.max_element_bytes
                ),
            ));
        }
        let way = &self.shape.path[..self.open - 1];
        let name = way.iter().copied().chain([key]).collect::<Vec<_>>().join(".");
        self.fields.push((name, self.window.bytes()[value..end].to_vec()));
        self.after_member(end)
    }

    fn after_member(&mut self, at: usize) -> Result<Step, Broken> {
        match skip_space(&mut self.window, at)? {
            (at, Some(b',')) => Ok(Step::Member(skip_space(&mut self.window, at + 1)?.0)),
            (_, Some(b'}')) if self.open == 1 && self.state == State::Start => self.as_line(),
            (at, Some(b'}')) => Ok(Step::Close(at)),
            (at, _) => Err(self.window.broken(at, "expected , or }")),
        }
    }

    /// Behind the closing brace at `at`: on in the object around it, or to the end of the file.
    fn leave_object(&mut self, at: usize) -> Result<Step, Broken> {
        self.open -= 1;
        if self.open > 0 {
            return self.after_member(at + 1);
        }
        match skip_space(&mut self.window, at + 1)? {
            (_, None) => {
                self.state = State::Done;
                Ok(Step::Stop)
            }
            (at, Some(_)) => Err(self.window.broken(at, "unexpected data after the end")),
        }
    }

    /// The object at the start of the window turned out to be an element itself.
    fn as_line(&mut self) -> Result<Step, Broken> {
        if self.shape.element_keys.is_empty() {
            let wanted = self.shape.path.join(".");
            return Err(self.window.broken(0, format!("{wanted} is missing")));
        }
        self.fields.clear();
        self.open = 0;
        self.state = State::Lines;
        Ok(Step::Stop)
    }

    fn first_in_array(&mut self) -> Result<Option<usize>, Broken> {
        match skip_space(&mut self.window, 0)? {
            (at, Some(b']')) => self.end_of_array(at),
            (at, _) => Ok(Some(at)),
        }
    }

    fn next_in_array(&mut self) -> Result<Option<usize>, Broken> {
        match skip_space(&mut self.window, 0)? {
            (at, Some(b',')) => Ok(Some(skip_space(&mut self.window, at + 1)?.0)),
            (at, Some(b']')) => self.end_of_array(at),
            (at, None) => Err(self.window.broken(at, "the file ends inside the array")),
            (at, _) => Err(self.window.broken(at, "expected , or ]")),
        }
    }

    fn end_of_array(&mut self, at: usize) -> Result<Option<usize>, Broken> {
        self.window.consume(at + 1);
        if self.open > 0 {
            let step = self.after_member(0)?;
            self.walk(step)?;
            return Ok(None);
        }
        match skip_space(&mut self.window, 0)? {
            (_, None) => Ok(None),
            (at, Some(_)) => Err(self.window.broken(at, "unexpected data after the end")),
        }
    }

    fn next_line(&mut self) -> Result<Option<usize>, Broken> {
        match skip_space(&mut self.window, 0)? {
            (_, None) => Ok(None),
            (at, Some(b'{')) => Ok(Some(at)),
            (at, Some(_)) => Err(self.window.broken(at, "expected an object")),
        }
    }
}

#[cfg(test)]
mod tests;
