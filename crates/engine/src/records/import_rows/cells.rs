//! Cells read as what their columns are. This needs no store, so it is done ahead of everything else.

use app::fault::{FaultCode, Problem};
use app::values::{ReferenceInput, Scalar, from_csv};
use app::{DecimalRules, Field, FieldType, Range, TextRules};

use super::layout::Layout;
use crate::sheets::{At, Encoding, Row};

/// The longest text of a row that is kept for its report, in bytes.
const SHOWN: usize = 1024;

/// What becomes of the cells of a column.
#[derive(Clone, Debug)]
pub(super) enum Reads {
    /// Nothing.
    Nothing,
    /// A value of a field.
    Value(Box<Field>),
    /// A reference.
    Reference(By),
}

/// What a cell says of the record that is referred to.
#[derive(Clone, Debug)]
pub(super) enum By {
    /// Its id, its label or a lookup value.
    Any,
    Id,
    Label,
    /// The value of this lookup field.
    Lookup(String),
}

/// A cell.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// There is nothing in it.
    Empty,
    /// A value as it is stored.
    Value(Scalar),
    /// A reference as it was asked for.
    Asked(ReferenceInput),
    /// It cannot be read.
    Wrong(Problem),
}

/// A row of cells.
#[derive(Clone, Debug)]
pub(crate) struct CellRow {
    /// Its number among the rows of the file, from 0.
    pub(crate) number: u64,
    /// The line on which it begins.
    pub(crate) line: u64,
    /// Where it begins, in bytes.
    pub(crate) offset: u64,
    /// The place behind it.
    pub(crate) next: At,
    /// How it reads, cut to a length that can be shown.
    pub(crate) text: String,
    /// How many cells it has in the file.
    pub(crate) width: usize,
    /// How many bytes it has in the file.
    pub(crate) bytes: usize,
    pub(super) cells: Vec<Cell>,
}

impl Cell {
    /// The reference that it asks for.
    pub(super) fn asked(&self) -> Option<&ReferenceInput> {
        match self {
            Self::Asked(asked) => Some(asked),
            _ => None,
        }
    }
}

impl Reads {
    /// Cells of a field; without its rules where those are not asked.
    pub(super) fn value(field: &Field, with_rules: bool) -> Self {
        let mut field = field.clone();
        if !with_rules {
            field.kind = without_rules(field.kind);
        }
        Self::Value(Box::new(field))
    }

    fn cell(&self, text: &str) -> Cell {
        if matches!(self, Self::Nothing) || text.is_empty() {
            return Cell::Empty;
        }
        if text.contains('\0') {
            let what = "Must not contain the character U+0000";
            return Cell::Wrong(Problem::new(FaultCode::Invalid, what));
        }
        match self {
            Self::Nothing => Cell::Empty,
            Self::Value(field) => match from_csv(field, text) {
                Ok(Some(scalar)) => Cell::Value(scalar),
                Ok(None) => Cell::Empty,
                Err(problem) => Cell::Wrong(problem),
            },
            Self::Reference(by) => Cell::Asked(by.asked(text)),
        }
    }
}

impl By {
    fn asked(&self, text: &str) -> ReferenceInput {
        let text = text.to_owned();
        match self {
            Self::Any => ReferenceInput::Text(text),
            Self::Id => ReferenceInput::Id(text),
            Self::Label => ReferenceInput::Label(text),
            Self::Lookup(field) => ReferenceInput::Lookup {
                field: Some(field.clone()),
                value: text,
            },
        }
    }
}

impl Layout {
    /// Reads the cells of a row.
    pub(crate) fn read(&self, row: &Row, (number, next): (u64, At), encoding: Encoding) -> CellRow {
        let cells = self.columns.iter().enumerate().map(|(place, column)| {
            let text = encoding.text(row.cell(place));
            column.reads.cell(&text)
        });
        CellRow {
            number,
            line: row.line,
            offset: row.offset,
            next,
            text: shown(row, encoding),
            width: row.len(),
            bytes: row.bytes(),
            cells: cells.collect(),
        }
    }
}

impl CellRow {
    /// Whether there is something in a column.
    pub(super) fn has(&self, column: usize) -> bool {
        !matches!(self.cells[column], Cell::Empty)
    }
}

fn shown(row: &Row, encoding: Encoding) -> String {
    let text = encoding.text(row.raw());
    let text = text.trim_end_matches(['\r', '\n']);
    match text.len() > SHOWN {
        true => format!("{}…", &text[..text.floor_char_boundary(SHOWN)]),
        false => text.to_owned(),
    }
}

/// A type whose values only need to have its form.
fn without_rules(kind: FieldType) -> FieldType {
    match kind {
        FieldType::Text(_) => FieldType::Text(TextRules::default()),
        FieldType::LongText(_) => FieldType::LongText(TextRules::default()),
        FieldType::Qr(_) => FieldType::Qr(TextRules::default()),
        FieldType::Integer(_) => FieldType::Integer(Range::default()),
        FieldType::Decimal(_) => FieldType::Decimal(DecimalRules::default()),
        FieldType::Money(_) => FieldType::Money(DecimalRules::default()),
        FieldType::Percentage(_) => FieldType::Percentage(DecimalRules::default()),
        FieldType::BigNumber(_) => FieldType::BigNumber(DecimalRules::default()),
        FieldType::Date(_) => FieldType::Date(Range::default()),
        FieldType::DateTime(_) => FieldType::DateTime(Range::default()),
        FieldType::DateTimeNoTimezone(_) => FieldType::DateTimeNoTimezone(Range::default()),
        FieldType::YearMonth(_) => FieldType::YearMonth(Range::default()),
        FieldType::MonthDay(_) => FieldType::MonthDay(Range::default()),
        FieldType::Time(_) => FieldType::Time(Range::default()),
        FieldType::Duration(_) => FieldType::Duration(Range::default()),
        other => other,
    }
}
