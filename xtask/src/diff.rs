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

/// How many lines are shown around a change.
const AROUND: usize = 2;

/// The changed lines of longer texts, as [`lines`] shows them, each with two lines around it; `…` stands for what is left
/// out.
#[must_use]
pub fn changes(old: &str, new: &str) -> String {
    // What both begin and end with is set aside first: the comparison takes time by the square of what is left.
    let (before, after) = (
        old.lines().collect::<Vec<_>>(),
        new.lines().collect::<Vec<_>>(),
    );
    let same = |(old, new): &(&&str, &&str)| old == new;
    let start = before.iter().zip(&after).take_while(same).count();
    let (tail, other) = (&before[start..], &after[start..]);
    let end = tail.iter().rev().zip(other.iter().rev());
    let end = end.take_while(same).count();
    let start = start.saturating_sub(AROUND);
    let end = end.saturating_sub(AROUND);
    let middle = lines(
        &before[start..before.len() - end].join("\n"),
        &after[start..after.len() - end].join("\n"),
    );

    let all = middle.lines().collect::<Vec<_>>();
    let is_change = |line: &&str| line.starts_with(['+', '-']);
    let mut text = String::new();
    let mut left_out = start > 0;
    for (at, line) in all.iter().enumerate() {
        let around = &all[at.saturating_sub(AROUND)..all.len().min(at + AROUND + 1)];
        if around.iter().any(is_change) {
            text.push_str(if left_out { "…\n" } else { "" });
            text.push_str(line);
            text.push('\n');
            left_out = false;
        } else {
            left_out = true;
        }
    }
    if left_out || end > 0 {
        text.push_str("…\n");
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
    fn long_texts_are_shown_around_their_changes() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
        let new = old.replace("d\n", "x\n").replace("j\n", "");

        assert_eq!(
            changes(old, &new),
            "…\n b\n c\n-d\n+x\n e\n f\n…\n h\n i\n-j\n k\n l\n"
        );
        assert_eq!(changes("a\n", ""), "-a\n");
        assert_eq!(changes("", "a\na\n"), "+a\n+a\n");
        assert_eq!(changes("a\na\n", "a\n"), " a\n-a\n");
    }

    #[test]
    fn equal_and_empty_texts() {
        assert_eq!(lines("a\n\nb\n", "a\n\nb\n"), " a\n\n b\n");
        assert_eq!(lines("", "a\n"), "+a\n");
        assert_eq!(lines("a\n", ""), "-a\n");
    }
}
