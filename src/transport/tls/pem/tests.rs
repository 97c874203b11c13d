use super::*;

/// A block's label, line and bytes, or the line where it is broken.
type Found = Result<(String, usize, Vec<u8>), usize>;

fn read(text: &str) -> Vec<Found> {
    Blocks::of(text.as_bytes())
        .map(|block| {
            let block = block.map_err(|broken| broken.line)?;
            let bytes = block.decode().map_err(|broken| broken.line)?;
            Ok((block.label.to_owned(), block.line, bytes))
        })
        .collect()
}

#[test]
fn blocks_are_read_however_they_are_joined_indented_and_commented() {
    let a = |line| Ok(("A".to_owned(), line, b"abc".to_vec()));
    let b = |line| Ok(("B".to_owned(), line, b"de".to_vec()));
    for (text, expected) in [
        ("", vec![]),
        ("only words - and -- dashes\n", vec![]),
        ("-----BEGIN A-----\nYWJj\n-----END A-----", vec![a(1)]),
        (
            "-----BEGIN A-----\r\nYW\r\nJj\r\n-----END A-----\r\n",
            vec![a(1)],
        ),
        (
            "-----BEGIN A-----\rYWJj\r-----END A-----\r-----BEGIN B-----\rZGU=\r-----END B-----\r",
            vec![a(1), b(4)],
        ),
        (
            "\u{feff}-----BEGIN A-----\nYWJj\n-----END A-----\n\u{feff}-----BEGIN B-----\nZGU=\n-----END B-----",
            vec![a(1), b(4)],
        ),
        (
            "-----BEGIN A-----\nYWJj\n-----END A----------BEGIN B-----\nZGU=\n-----END B-----",
            vec![a(1), b(3)],
        ),
        (
            "  -----BEGIN A-----  \n \t Y W Jj\n\n  -----END A-----\t\n",
            vec![a(1)],
        ),
        (
            "-----BEGIN A----- YWJj -----END A-----\nwords\n",
            vec![a(1)],
        ),
        (
            "# -----BEGIN A-----\n# YWJj\n# -----END A-----\n-----BEGIN B-----\nZGU=\n-----END B-----\n",
            vec![b(4)],
        ),
        (
            "-----BEGIN A-----\nProc-Type: 4,X\nX: y\n\nYWJj\n-----END A-----\n",
            vec![a(1)],
        ),
    ] {
        assert_eq!(read(text), expected, "{text:?}");
    }
}

#[test]
fn what_looks_like_a_block_is_never_passed_over() {
    for (text, line) in [
        ("\n-----BEGIN CERTIFICATE-----\nYWJj\n", 2),
        (
            "\n-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE----\n",
            2,
        ),
        ("-----BEGIN CERTIFICATE-----\nYWJj\n-----END X-----\n", 1),
        (
            "\r\n\r\n-----BEGIN CERTIFICATE-----\r\nYW?j\r\n-----END CERTIFICATE-----\r\n",
            3,
        ),
        (
            "-----BEGIN CERTIFICATE-----\nYWJjZ\n-----END CERTIFICATE-----\n",
            1,
        ),
        (
            "words-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n",
            1,
        ),
        (
            "----BEGIN CERTIFICATE----\nYWJj\n----END CERTIFICATE----\n",
            1,
        ),
        ("\n–––––BEGIN CERTIFICATE–––––\nYWJj\n", 2),
        (
            "-----begin certificate-----\nYWJj\n-----end certificate-----\n",
            1,
        ),
        (
            "-----BEGIN CERTIFICATE----\nYWJj\n-----END CERTIFICATE-----\n",
            1,
        ),
        ("YWJj\n-----END CERTIFICATE-----\n", 2),
        (
            "-----BEGIN CERTIFICATE-----\nX: y\nYWJj\n-----END CERTIFICATE-----\n",
            1,
        ),
    ] {
        let found = read(text);
        assert_eq!(found.first(), Some(&Err(line)), "{text:?}: {found:?}");
    }
}

#[test]
fn reading_goes_on_behind_a_broken_block() {
    let text = "-----BEGIN A-----\nYWJj\n-----BEGIN B-----\nZGU=\n-----END B-----\n";
    let found = read(text);
    assert_eq!(found, [Err(1), Ok(("B".to_owned(), 3, b"de".to_vec()))]);
}

#[test]
fn other_encodings_are_told() {
    let pem = "-----BEGIN A-----\nYWJj\n-----END A-----\n";
    check_encoding(pem.as_bytes()).unwrap();
    let little: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = pem.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        assert!(check_encoding(&bytes).unwrap_err().contains("UTF-16"));
    }
    assert!(
        check_encoding(b"\x30\x82\x01\x00")
            .unwrap_err()
            .contains("DER")
    );
}
