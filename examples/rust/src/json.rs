//! JSON, read and written: as much of it as the process protocol needs.

#[derive(Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

#[rustfmt::skip]
impl Json {
    pub fn fields(&self) -> &[(String, Json)] { if let Json::Object(fields) = self { fields } else { &[] } }
    pub fn get(&self, name: &str) -> Option<&Json> { self.fields().iter().find(|(key, _)| key == name).map(|(_, v)| v) }
    pub fn text(&self, name: &str) -> &str { if let Some(Json::Text(text)) = self.get(name) { text } else { "" } }
    pub fn list(&self, name: &str) -> &[Json] { if let Some(Json::List(list)) = self.get(name) { list } else { &[] } }
    pub fn at(&self, i: usize) -> &Json { if let Json::List(list) = self { &list[i] } else { &Json::Null } }
    pub fn integer(&self) -> Option<i64> { if let Json::Integer(n) = self { Some(*n) } else { None } }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Json::Null => write!(f, "null"),
            Json::Bool(truth) => write!(f, "{}", truth),
            Json::Integer(n) => write!(f, "{}", n),
            Json::Text(text) => write!(f, "{}", quoted(text)),
            Json::List(entries) => write!(f, "[{}]", joined(entries.iter().map(Json::to_string).collect())),
            Json::Object(fields) => {
                let parts = fields.iter().map(|(name, value)| format!("{}: {}", quoted(name), value));
                write!(f, "{{{}}}", joined(parts.collect()))
            }
        }
    }
}

pub fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{}", c),
        c if c < ' ' => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// The value at the beginning of a text, and what follows it; None if it is not JSON.
pub fn read(text: &str) -> Option<(Json, &str)> {
    let text = text.trim_start();
    for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((value, rest));
        }
    }
    match text.chars().next()? {
        '"' => string(&text[1..]).map(|(text, rest)| (Json::Text(text), rest)),
        '[' => entries(&text[1..], ']', read).map(|(list, rest)| (Json::List(list), rest)),
        '{' => entries(&text[1..], '}', field).map(|(fields, rest)| (Json::Object(fields), rest)),
        _ => {
            let end = text.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(text.len());
            Some((Json::Integer(text[..end].parse().ok()?), &text[end..]))
        }
    }
}

fn entries<T>(text: &str, end: char, entry: fn(&str) -> Option<(T, &str)>) -> Option<(Vec<T>, &str)> {
    let (mut found, mut rest) = (vec![], text.trim_start());
    while !rest.starts_with(end) {
        let (one, after) = entry(rest)?;
        found.push(one);
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Some((found, &rest[1..]))
}

fn field(text: &str) -> Option<((String, Json), &str)> {
    let (name, rest) = string(text.strip_prefix('"')?)?;
    let (value, rest) = read(rest.trim_start().strip_prefix(':')?)?;
    Some(((name, value), rest))
}

/// A string after its first quote. \u may give the halves of a surrogate pair.
fn string(text: &str) -> Option<(String, &str)> {
    let (mut units, mut chars) = (Vec::<u16>::new(), text.char_indices());
    while let Some((i, c)) = chars.next() {
        match (c, if c == '\\' { chars.next().map(|(_, c)| c) } else { None }) {
            ('"', _) => return Some((String::from_utf16(&units).ok()?, &text[i + 1..])),
            (_, Some('u')) => {
                let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                units.push(u16::from_str_radix(&digits, 16).ok()?);
            }
            (_, Some('n')) => units.push(10),
            (_, Some(escaped)) => units.push(escaped as u16),
            (c, None) => units.extend(c.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    None
}
