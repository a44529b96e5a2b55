//! Plain tables for the terminal.

/// Rows under a heading, each column as wide as its widest cell; the last one is not padded.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let heading = heading.map(str::to_owned);
    let widths: Vec<_> = (0..N)
        .map(|column| {
            let cells = rows
                .iter()
                .chain([&heading])
                .map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        })
        .collect();
    let mut lines = Vec::with_capacity(rows.len() + 1);
    for row in [&heading].into_iter().chain(rows) {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        lines.push(cells.collect::<Vec<_>>().join("  ").trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [["1", "ready", "é"], ["22", "x", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(
            table(["ID", "STATUS", "BY"], &rows),
            "ID  STATUS  BY\n1   ready   é\n22  x"
        );
    }
}
