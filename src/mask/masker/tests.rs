use super::*;

const TOKEN: &str = "MIIT+o/k=e\\n\"s%41&<aaaabbbbccccdddd-the-token-goes-on-and-on-to-here";
const SECRET_KEY: &str = "secret/key+of=forty-characters-0123456789";
const SECURITY_TOKEN: &str = "STS/security+token==of-some-more-characters";
const PASSWORD: &str = "correct hörse \"b&ttery\\ <staple>";
const PASSCODE: &str = "493021";
const ALL: [&str; 5] = [TOKEN, SECRET_KEY, SECURITY_TOKEN, PASSWORD, PASSCODE];

fn masker() -> Masker {
    let secret = |text| Arc::new(Secret::new(text));
    Masker::none()
        .made(&secret(TOKEN))
        .made(&secret(SECRET_KEY))
        .made(&secret(SECURITY_TOKEN))
        .chosen(&secret(PASSWORD))
        .chosen(&secret(PASSCODE))
        .access_key("HPUA0123456789", "HPUA****".to_owned())
}

fn percent_encoded(text: &str, all: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' if !all => char::from(byte).to_string(),
            _ if byte % 2 == 0 => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

fn in_a_form(text: &str) -> String {
    percent_encoded(text, false).replace("%20", "+")
}

fn in_json(text: &str) -> String {
    let json = crate::json::text(text);
    let json = std::str::from_utf8(&json).unwrap();
    json[1..json.len() - 1].replace('/', "\\/")
}

fn in_json_ascii(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}

fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&#62;")
        .replace('"', "&quot;")
        .replace('+', "&#x2b;")
}

fn on_lines(text: &str) -> String {
    let characters: Vec<_> = text.chars().collect();
    let lines: Vec<String> = characters
        .chunks(7)
        .map(|line| line.iter().collect())
        .collect();
    lines.join("\r\n\t")
}

fn in_utf16(text: &str) -> String {
    let characters: Vec<_> = text.chars().map(String::from).collect();
    characters.join("\0")
}

type Writing = fn(&str) -> String;

const WRITINGS: [(&str, Writing); 12] = [
    ("plain", str::to_owned),
    ("percent", |text| percent_encoded(text, false)),
    ("all percent", |text| percent_encoded(text, true)),
    ("form", in_a_form),
    ("JSON", in_json),
    ("JSON in ASCII", in_json_ascii),
    ("HTML", in_html),
    ("on lines", on_lines),
    ("UTF-16", in_utf16),
    ("percent in JSON", |text| {
        in_json(&percent_encoded(text, false))
    }),
    ("JSON in percent", |text| {
        percent_encoded(&in_json(text), false)
    }),
    ("JSON in JSON", |text| in_json(&in_json(text))),
];

/// Any eight characters of a secret in a row, in whatever writing.
fn shows_a_part(shown: &str, secret: &str) -> bool {
    let squeezed: Vec<char> = secret.chars().filter(|c| c.is_alphanumeric()).collect();
    squeezed
        .windows(8.min(squeezed.len()))
        .any(|part| shown.contains(&part.iter().collect::<String>()))
}

#[test]
fn one_sign_is_enough_for_a_writing_to_be_undone() {
    for (secret, echoed) in [
        ("correct horse", "correct+horse"),
        ("correct-horse", "correct%2dhorse"),
        ("correct/horse", r"correct\/horse"),
        ("correct-horse", "correct&#45;horse"),
    ] {
        let masker = Masker::none().chosen(&Arc::new(Secret::new(secret)));
        let told = masker.field(&format!("before {echoed} after"), 99);
        assert_eq!(told, format!("before {MASK} after"), "{echoed}");
    }
}

#[test]
fn every_secret_is_masked_in_every_writing() {
    let masker = masker();
    for (writing, write) in WRITINGS {
        for secret in ALL {
            let echoed = write(secret);
            let text = format!("before {echoed} after");
            assert_eq!(
                masker.field(&text, 1024),
                format!("before {MASK} after"),
                "{writing} of {secret}"
            );
            let quote = masker.quote(text.as_bytes()).unwrap();
            assert_eq!(quote, format!("before {MASK} after"), "{writing}");
        }
    }
}

#[test]
fn nothing_of_a_secret_is_left_where_the_text_is_cut() {
    let masker = masker();
    for (writing, write) in WRITINGS {
        for secret in ALL {
            let echoed = write(secret);
            for limit in [64, 128, 1024] {
                let near = (limit - 9..limit + 2).step_by(2).chain([limit - 60]);
                for begin in near {
                    let text = format!("{}{echoed}{}", "-".repeat(begin), "-".repeat(300));
                    let shown = masker.field(&text, limit);
                    assert!(!shows_a_part(&shown, secret), "{writing} {begin}: {shown}");
                    let rest = shown[begin.min(limit)..].trim_end_matches('…');
                    assert!(
                        rest.trim_start_matches('*')
                            .trim_start_matches('-')
                            .is_empty(),
                        "{writing} {begin} of {limit}: {rest}"
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_of_a_secret_is_left_where_the_looking_ends() {
    let masker = masker();
    for (writing, write) in WRITINGS {
        for secret in [SECRET_KEY, PASSWORD] {
            // All before it is masked away, so that the end of what is looked at would be shown.
            let token = TOKEN.repeat(LONGEST_TEXT / TOKEN.len() - 1);
            let padding = LONGEST_TEXT - token.len() - 5;
            let text = format!("{token}{}{}x", " ".repeat(padding), write(secret));
            let shown = masker.field(&text, 1024);
            assert!(!shows_a_part(&shown, secret), "{writing}: {shown}");
            let quote = masker.quote(text.as_bytes()).unwrap();
            assert!(!shows_a_part(&quote, secret), "{writing}: {quote}");
        }
    }
}

#[test]
fn a_part_of_a_long_secret_is_masked_too() {
    let masker = masker();
    assert_eq!(
        masker.field(&format!("[{}]", &SECRET_KEY[..20]), 99),
        format!("[{MASK}]")
    );
    assert_eq!(
        masker.field(&format!("[{}]", &SECRET_KEY[20..]), 99),
        format!("[{MASK}]")
    );
    assert_eq!(masker.field(&PASSWORD[..20], 99), MASK);
    assert_eq!(masker.field("correct", 99), "correct");
    let masker = Masker::none().chosen(&Arc::new(Secret::new("administrator1")));
    assert_eq!(masker.field("the administrator", 99), "the administrator");
}

#[test]
fn a_field_with_a_secret_too_short_to_be_masked_is_dropped() {
    for secret in ["a", "pw", "12345", "  "] {
        let masker = Masker::none().chosen(&Arc::new(Secret::new(secret)));
        for (writing, write) in WRITINGS {
            let text = format!("before {} after", write(secret));
            assert_eq!(masker.field(&text, 99), "", "{writing} of {secret}");
            let far = format!("{}{}", "-".repeat(2000), write(secret));
            assert_eq!(masker.field(&far, 99), "", "{writing} of {secret}");
            assert_eq!(masker.quote(text.as_bytes()), None, "{writing} of {secret}");
        }
    }
    let masker = Masker::none().chosen(&Arc::new(Secret::new("pw")));
    assert_eq!(masker.field("no such user", 99), "no such user");
}

#[test]
fn an_access_key_is_shown_by_its_beginning() {
    for (writing, write) in WRITINGS {
        let text = format!("ak {} not exist", write("HPUA0123456789"));
        assert_eq!(
            masker().field(&text, 99),
            "ak HPUA**** not exist",
            "{writing}"
        );
    }
}

#[test]
fn any_text_is_taken() {
    let seed = 20_261_126;
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let masker = masker();
    let pieces = [
        "%",
        "%4",
        "%41",
        "%zz",
        "\\",
        "\\u",
        "\\ud83d",
        "\\ud83d\\ude00",
        "\\u00",
        "&",
        "&#",
        "&#x;",
        "&#xfffffff;",
        "&amp",
        "é",
        "🔐",
        "\u{0}",
        " ",
        "+",
        "\u{fffd}",
        TOKEN,
        SECRET_KEY,
        PASSWORD,
    ];
    for _ in 0..2000 {
        let count = random.usize(0..12);
        let text: String = (0..count)
            .map(|_| pieces[random.usize(0..pieces.len())])
            .collect();
        let shown = masker.field(&text, 1024);
        for secret in ALL {
            assert!(!shown.contains(secret), "{text}");
        }
        let bytes: Vec<u8> = text.bytes().map(|byte| byte ^ random.u8(0..2)).collect();
        let _ = masker.quote(&bytes);
    }
    for text in ["", "plain", "é"] {
        assert_eq!(masker.field(text, 99), text);
        assert_eq!(Masker::none().field(text, 99), text);
    }
}
