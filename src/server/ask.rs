//! What a request says besides its body: who speaks, in which language, with which parameters. Whatever is not known is an error.

use super::error::Problem;
use crate::ingest::{Charset, Raw, parse_json};
use crate::limits::{BODY_PAUSE, MAX_ASK_BYTES, MAX_PARAMETERS};
use crate::security::Agency;
use crate::types::{Lang, Said};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use futures_core::Stream;
use std::pin::Pin;

pub const AGENCY_HEADER: &str = "huiyan-agency";
pub const KEY_HEADER: &str = "idempotency-key";

/// The speaker. Without the header it is the operator at this machine; a pack never speaks over the network.
pub fn speaker(headers: &HeaderMap) -> Result<Agency, Problem> {
    let mut values = headers.get_all(AGENCY_HEADER).iter();
    let Some(value) = values.next() else { return Ok(Agency::operator()) };
    if values.next().is_some() {
        return Err(Problem::new("bad-agency"));
    }
    let agency = value.to_str().ok().and_then(Agency::parse).filter(|agency| agency.kind() != "pack");
    agency.ok_or_else(|| Problem::new("bad-agency"))
}

pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(KEY_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::new("bad-idempotency-key"));
    }
    let visible = |text: &&str| (1..=200).contains(&text.len()) && text.bytes().all(|b| (0x21..=0x7e).contains(&b));
    let key = value.to_str().ok().filter(visible).ok_or_else(|| Problem::new("bad-idempotency-key"))?;
    Ok(Some(key.to_string()))
}

/// The first of the reader's languages that we speak.
pub fn language(headers: &HeaderMap) -> Lang {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let known = wanted.split(',').map(|tag| tag.trim().to_ascii_lowercase()).find(|t| t.starts_with("zh") || t.starts_with("en"));
    if known.is_some_and(|tag| tag.starts_with("zh")) { Lang::Zh } else { Lang::En }
}

/// What a body says that it is.
pub struct Media {
    /// In lower case. `None`: not said, which is also what a bare `curl --data-binary` means by its form type. (Forms of other pages are
    /// kept out by their `Origin`, not by this.)
    pub kind: Option<String>,
    /// UTF-8 if nothing is said.
    pub charset: Charset,
}

/// A coded body, a charset that is not known here, and a spreadsheet's own format are refused, with what to do.
pub fn media(headers: &HeaderMap) -> Result<Media, Problem> {
    let refuse = || Problem::new("unsupported-media-type");
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(refuse());
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Media { kind: None, charset: Charset::Utf8 }) };
    let value = value.to_str().map_err(|_| refuse())?.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or("");
    if WORKBOOKS.contains(&kind) {
        let said = Said::new(
            "this is a workbook of a spreadsheet, which is not read; save its sheet as “CSV UTF-8” and send that as text/csv",
            "不读取电子表格工作簿；请将工作表另存为“CSV UTF-8”，以 text/csv 报送",
        );
        return Err(refuse().at("", "workbook", said));
    }
    let label = parts.find_map(|p| p.strip_prefix("charset=")).map(|c| c.trim_matches('"'));
    let charset = match label {
        None => Charset::Utf8,
        Some(label) => Charset::named(label).ok_or_else(|| refuse().at("", "unknown-charset", unknown_charset(label)))?,
    };
    let kind = Some(kind).filter(|kind| !kind.is_empty() && *kind != "application/x-www-form-urlencoded");
    Ok(Media { kind: kind.map(str::to_string), charset })
}

/// The kind of a body that has to be UTF-8.
pub fn media_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    match media(headers)? {
        Media { kind, charset: Charset::Utf8 } => Ok(kind),
        Media { .. } => Err(Problem::new("unsupported-media-type").at("", "unknown-charset", only_utf8())),
    }
}

/// What spreadsheets call their own files.
const WORKBOOKS: [&str; 4] = [
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
];

fn unknown_charset(label: &str) -> Said {
    let known = Charset::KNOWN;
    if label.starts_with("utf-16") {
        return Said::new(
            format!(
                "UTF-16, which spreadsheets call “Unicode text”, is not read; save the file as “CSV UTF-8”. Known are {known}"
            ),
            format!("不读取 UTF-16（表格软件称“Unicode 文本”）；请另存为“CSV UTF-8”。可用的编码：{known}"),
        );
    }
    Said::new(format!("the charset is not known; known are {known}"), format!("不支持此编码；可用的编码：{known}"))
}

fn only_utf8() -> Said {
    Said::new(
        "JSON is read as UTF-8 only; other charsets are read in CSV files",
        "JSON 只能是 UTF-8 编码；其他编码仅用于 CSV 文件",
    )
}

/// The query of a URL: names from a closed list, repeated where the reader allows it.
pub struct Params(Vec<(String, String)>);

impl Params {
    pub fn of(uri: &Uri, known: &[&str]) -> Result<Params, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| Problem::new("bad-request"))?;
        // As in the addresses of the manual: an empty page is the first.
        let pairs: Vec<(String, String)> =
            pairs.into_iter().filter(|(name, value)| name != "page" || !value.is_empty()).collect();
        let unknown: Vec<&String> = pairs.iter().map(|(name, _)| name).filter(|name| !known.contains(&name.as_str())).collect();
        if let Some(name) = unknown.first() {
            let plain = name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            let pointer = if plain { format!("/query/{name}") } else { "/query".to_string() };
            let said = Said::new(format!("known are: {}", known.join(", ")), format!("可用的参数：{}", known.join("、")));
            return Err(Problem::new("unknown-parameter").at(pointer, "unknown-parameter", said));
        }
        if pairs.len() > MAX_PARAMETERS {
            let most = Said::new(format!("at most {MAX_PARAMETERS} of them"), format!("至多 {MAX_PARAMETERS} 个"));
            return Err(Problem::new("bad-request").at("/query", "bad-request", most));
        }
        Ok(Params(pairs))
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }

    /// The one value of a parameter that may not be repeated.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let first = values.next();
        match values.next() {
            Some(_) => Err(Problem::parameter(name, Said::new("give it once", "只能给出一次"))),
            None => Ok(first),
        }
    }

    /// Read as something, or a problem that names the parameter.
    pub fn parsed<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>, expected: Said) -> Result<Option<T>, Problem> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        read(text).map(Some).ok_or_else(|| Problem::parameter(name, expected))
    }

    /// The same parameters without one, as the query of a next page.
    pub fn without(&self, name: &str) -> Vec<(&str, &str)> {
        self.0.iter().filter(|(n, _)| n != name).map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }
}

/// A link with its query, percent-coded.
pub fn link(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = path.to_string();
    for (i, (name, value)) in query.iter().enumerate() {
        text.push(if i == 0 { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.push_str(&coded(value));
    }
    text
}

/// Percent-coded, to stand between two slashes of a path or in a query.
pub fn coded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => coded.push(byte as char),
            _ => coded.push_str(&format!("%{byte:02X}")),
        }
    }
    coded
}

/// The next stretch of a body; a sender that falls silent is given up.
pub async fn next_chunk(body: &mut axum::body::BodyDataStream) -> Option<Result<Bytes, Problem>> {
    let next = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_next(cx));
    match tokio::time::timeout(BODY_PAUSE, next).await {
        Ok(Some(Ok(bytes))) => Some(Ok(bytes)),
        Ok(Some(Err(_))) | Err(_) => Some(Err(Problem::new("broken-body"))),
        Ok(None) => None,
    }
}

/// The fields of a small JSON object; names from a closed list, each at most once.
pub async fn object(headers: &HeaderMap, body: Body, known: &[&str]) -> Result<Vec<(String, Raw)>, Problem> {
    if media_type(headers)?.is_some_and(|media| media != "application/json") {
        return Err(Problem::new("unsupported-media-type"));
    }
    // What is announced to be too long need not be read to know it.
    if body.size_hint().lower() > MAX_ASK_BYTES as u64 {
        return Err(Problem::new("too-large"));
    }
    let mut bytes = Vec::new();
    let mut stream = body.into_data_stream();
    while let Some(chunk) = next_chunk(&mut stream).await {
        bytes.extend_from_slice(&chunk?);
        if bytes.len() > MAX_ASK_BYTES {
            return Err(Problem::new("too-large"));
        }
    }
    let bad = |pointer: &str, en: &str, zh: &str| Problem::new("bad-json").at(pointer, "bad-json", Said::new(en, zh));
    let fields = match parse_json(&bytes) {
        Ok(Raw::Object(fields)) => fields,
        Ok(_) => return Err(bad("", "a JSON object is expected", "此处应为 JSON 对象")),
        Err(_) => return Err(bad("", "not JSON, or nested too deeply", "不是 JSON，或嵌套过深")),
    };
    for (i, (name, _)) in fields.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let known = known.join(", ");
            return Err(bad("", &format!("unknown field; known are: {known}"), &format!("未知字段；可用：{known}")));
        }
        if fields[..i].iter().any(|(other, _)| other == name) {
            return Err(bad(&format!("/{name}"), "the field stands twice", "字段重复"));
        }
    }
    Ok(fields)
}

/// One text, or several; none at all would be taken for a field that is left out, which means everything.
pub fn texts(raw: &Raw) -> Option<Vec<String>> {
    let text = |raw: &Raw| if let Raw::Text(text) = raw { Some(text.clone()) } else { None };
    match raw {
        Raw::Text(text) => Some(vec![text.clone()]),
        Raw::List(items) if !items.is_empty() => items.iter().map(text).collect(),
        Raw::List(_) | Raw::Null | Raw::Bool(_) | Raw::Int(_) | Raw::Unsigned(_) | Raw::Float(_) | Raw::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        headers
    }

    #[test]
    fn a_speaker_is_an_agency_or_the_operator_and_never_a_pack() {
        assert_eq!(speaker(&HeaderMap::new()).unwrap(), Agency::operator());
        assert_eq!(speaker(&headers("huiyan-agency", "police:1")).unwrap().as_str(), "police:1");
        for bad in ["", "police", "pack:supervision", "police:吴"] {
            assert!(speaker(&headers("huiyan-agency", bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_first_language_we_speak_is_taken() {
        for (wanted, lang) in [("zh-CN,en;q=0.5", Lang::Zh), ("en, zh", Lang::En), ("fr, zh;q=0.1", Lang::Zh), ("", Lang::En)] {
            assert_eq!(language(&headers("accept-language", wanted)), lang, "{wanted}");
        }
    }

    #[test]
    fn keys_are_visible_and_short() {
        assert!(idempotency_key(&headers("idempotency-key", &"k".repeat(200))).is_ok());
        for bad in ["", "a b", "é", &"k".repeat(201)] {
            assert!(idempotency_key(&headers("idempotency-key", bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_body_says_its_kind_and_its_charset() {
        for (value, kind, charset) in [
            ("text/csv", Some("text/csv"), Charset::Utf8),
            ("Text/CSV; Charset=\"GBK\"; header=present", Some("text/csv"), Charset::Gb18030),
            ("text/csv;charset=UTF-8", Some("text/csv"), Charset::Utf8),
            ("application/x-www-form-urlencoded", None, Charset::Utf8),
            ("", None, Charset::Utf8),
        ] {
            let media = media(&headers("content-type", value)).unwrap();
            assert_eq!((media.kind.as_deref(), media.charset), (kind, charset), "{value}");
        }
        for bad in ["text/csv; charset=utf-16", "text/csv; charset=big5", "application/vnd.ms-excel"] {
            assert!(media(&headers("content-type", bad)).is_err(), "{bad}");
        }
        assert!(media_type(&headers("content-type", "application/x-ndjson; charset=gb18030")).is_err());
    }

    #[test]
    fn parameters_come_from_a_closed_list() {
        let uri: Uri = "/x?rule=a&rule=b&area=%E5%90%B4".parse().unwrap();
        let params = Params::of(&uri, &["rule", "area"]).unwrap();
        assert_eq!(params.all("rule"), ["a", "b"]);
        assert!(params.one("rule").is_err());
        assert_eq!(params.one("area").unwrap(), Some("吴"));
        assert!(Params::of(&uri, &["rule"]).is_err());
        assert_eq!(link("/x", &params.without("rule")), "/x?area=%E5%90%B4");
    }
}
