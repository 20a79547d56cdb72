//! Two texts, line by line.

/// All lines of both texts in order: with a blank in front where they agree, `-` where only the old text has them, `+`
/// where only the new one does. Nothing is left out, so this is for short texts.
#[must_use]
pub fn lines(old: &str, new: &str) -> String {
    let old = old.lines().collect::<Vec<_>>();
    let new = new.lines().collect::<Vec<_>>();
    let common = common(&old, &new);
    let (mut i, mut j) = (0, 0);
    let mut text = String::new();
    let mut push = |sign: char, line: &str| {
        text.push_str(format!("{sign}{line}").trim_end());
        text.push('\n');
    };
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            push(' ', old[i]);
            i += 1;
            j += 1;
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            push('-', old[i]);
            i += 1;
        } else {
            push('+', new[j]);
            j += 1;
        }
    }
    text
}

/// At `[i][j]`, how many lines the rests from `i` and `j` have in common at most, in order.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i] == new[j] {
                table[i + 1][j + 1] + 1
            } else {
                table[i + 1][j].max(table[i][j + 1])
            };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_lines_stand_before_the_new_ones_that_replace_them() {
        assert_eq!(
            lines("a\nb\nc\nd\n", "a\nx\ny\nc\n"),
            " a\n-b\n+x\n+y\n c\n-d\n"
        );
    }

    #[test]
    fn equal_and_empty_texts() {
        assert_eq!(lines("a\n\nb\n", "a\n\nb\n"), " a\n\n b\n");
        assert_eq!(lines("", "a\n"), "+a\n");
        assert_eq!(lines("a\n", ""), "-a\n");
    }
}
