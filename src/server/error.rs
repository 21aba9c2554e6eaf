//! The one place where an error becomes an answer: RFC 9457 problem documents with a stable `type`, in the reader's language.
//!
//! A handler returns a [`Problem`]; it travels as an extension of the response, and [`finish`] writes it out at the edge, where the
//! language and the trace id are known. No problem holds a value that a record brought.

use crate::engine::{EngineError, Phase, Refused, SubscriptionError};
use crate::ingest::{Charset, IngestError, Looks};
use crate::types::{Lang, Said};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Code, status, and title and help in English and Chinese.
pub struct Kind {
    pub code: &'static str,
    pub status: u16,
    pub en: (&'static str, &'static str),
    pub zh: (&'static str, &'static str),
}

macro_rules! kinds {
    ($($code:literal $status:literal: $en:literal / $en_help:literal, $zh:literal / $zh_help:literal;)*) => {
        /// Every problem there is. Codes are kept for ever.
        pub const KINDS: &[Kind] = &[$(Kind { code: $code, status: $status, en: ($en, $en_help), zh: ($zh, $zh_help) }),*];
    };
}

kinds! {
    "bad-request" 400: "The request cannot be understood" / "Compare it with docs/http.md.", "请求无法理解" / "请对照接口说明检查。";
    "unknown-parameter" 400: "Unknown parameter" / "The pointer names it; take it away or mend its spelling.", "未知的查询参数" / "请删除或改正所指的参数。";
    "bad-parameter" 400: "A parameter has no good value" / "The pointer names it.", "查询参数的值不正确" / "请改正所指的参数。";
    "bad-agency" 400: "The header Huiyan-Agency names no agency" / "Write kind:code in ASCII, for example police:640299-01; kinds are court, police, prison, justice, procuratorate, operator.", "Huiyan-Agency 不是机关代码" / "写作 类别:代码，例如 police:640299-01；类别为 court、police、prison、justice、procuratorate、operator。";
    "bad-idempotency-key" 400: "The header Idempotency-Key cannot be used" / "Give 1 to 200 visible ASCII characters.", "Idempotency-Key 不可用" / "请使用 1 至 200 个可见 ASCII 字符。";
    "bad-json" 400: "The body is not the JSON object expected here" / "The pointers name what is wrong.", "请求正文不是所要求的 JSON 对象" / "请改正所指之处。";
    "bad-position" 400: "This is no position of this server" / "Use a position exactly as a receipt, a list or an event gave it.", "不是本服务器的位置" / "请原样使用回执、列表或事件给出的位置。";
    "bad-name" 400: "A subscription cannot be called so" / "Take a letter and up to 63 letters, digits, '-', '_', '.', all ASCII; never a person's number.", "订阅名称不可用" / "以字母开头，至多 64 个 ASCII 字母、数字或 - _ .；不得含有人员号码。";
    "empty-body" 400: "The body is empty" / "Send at least one line; with curl use --data-binary @FILE.", "请求正文为空" / "请至少报送一行；使用 curl 时用 --data-binary @文件。";
    "not-utf8" 400: "The file is not UTF-8" / "Save it as UTF-8, or say its charset: Content-Type: text/csv; charset=gb18030. Nothing was taken.", "文件不是 UTF-8 编码" / "请另存为 UTF-8，或注明编码：Content-Type: text/csv; charset=gb18030。未接收任何内容。";
    "wrong-charset" 400: "The file is not in the charset that was said" / "Leave the charset out for UTF-8, or save the file as UTF-8. Nothing was taken.", "文件不是所注明的编码" / "UTF-8 文件请勿注明其他编码，否则请另存为 UTF-8。未接收任何内容。";
    "broken-body" 400: "The body broke off" / "Nothing of the part under way was taken; send it again.", "请求正文中断" / "中断的部分未被接收，请重新报送。";
    "operator-only" 403: "Only the operator may do this" / "Ask as the operator, without the header Huiyan-Agency.", "只有管理员可以这样做" / "请以管理员身份请求（不带 Huiyan-Agency）。";
    "not-yours" 403: "Another agency's are not shown to you" / "Leave the agency out, or name your own.", "其他机关的内容不予显示" / "请不指明机关，或只指明本单位。";
    "procuratorate-only" 403: "Only procuratorates and the operator say what becomes of a clue" / "Ask as a procuratorate, with Huiyan-Agency: procuratorate:CODE.", "只有检察机关和管理员可以办理线索" / "请以检察机关的身份请求（Huiyan-Agency: procuratorate:代码）。";
    "wrong-host" 403: "This server answers on its own address only" / "It listens on loopback; ask it as localhost or 127.0.0.1.", "本服务器只应答本机地址" / "服务器仅在本机监听；请用 localhost 或 127.0.0.1 访问。";
    "wrong-origin" 403: "Another site's page may not write here" / "Send it from the console, or from a program without an Origin header.", "其他网站的页面不能写入" / "请从本服务的页面，或不带 Origin 的程序发送。";
    "not-found" 404: "There is no such thing here" / "GET /v1/relations lists relations; docs/http.md lists routes.", "没有所请求的内容" / "可用 GET /v1/relations 查看关系，接口见说明。";
    "no-subscription" 404: "This speaker has no subscription of this name" / "GET /v1/subscriptions lists those of the speaker; PUT /v1/subscriptions/{name} makes one.", "本单位没有这个名称的订阅" / "可用 GET /v1/subscriptions 查看本单位的订阅，用 PUT /v1/subscriptions/{name} 新建。";
    "method-not-allowed" 405: "This address has no such method" / "The header Allow lists those it has.", "此地址不支持该方法" / "可用的方法见 Allow。";
    "key-running" 409: "A request under this Idempotency-Key is still running" / "Ask again with the same key in a second.", "同一 Idempotency-Key 的请求仍在处理" / "请稍后用同一个键重试。";
    "snapshot-running" 409: "A snapshot is being written" / "GET /v1/snapshots tells when it is whole.", "快照正在写入" / "完成情况见 GET /v1/snapshots。";
    "no-snapshot-now" 409: "There can be no snapshot now" / "The rules stand still, or the disk failed; the log says more. Once they run again there can be.", "现在不能生成快照" / "规则已停止计算，或磁盘曾出错，详见日志；恢复后即可。";
    "agenda-running" 409: "An agenda is being made" / "One is made at a time; ask again after the seconds in Retry-After.", "正在生成另一份到期预告" / "一次只生成一份；请按 Retry-After 的秒数后重试。";
    "no-agenda-now" 409: "There can be no agenda now" / "The rules are suspended, or would be on the way to that day; /readyz says more, and a nearer day may be told.", "现在不能生成到期预告" / "规则已停止计算，或推算至该日时会停止；详见 /readyz，可改问较近的日期。";
    "clue-changed" 409: "The clue has changed since it was seen" / "Nothing was taken. Look at it again, and say what you make of it with the position of what you have seen then.", "线索在查看之后已有变化" / "本次未作处理。请重新查看，再以新的位置提交。";
    "clue-withdrawn" 409: "The clue does not hold any more" / "It was withdrawn before anybody said anything of it: there is no case to bring to an end. Its history says why it went.", "线索已不再成立" / "线索在办理开始之前已撤销，无需办理；原因见其经过。";
    "verdict-out-of-order" 409: "That cannot be said of a clue in this state" / "errors says what can. An opinion, an answer, a correction or an end come after the clue was confirmed.", "线索的现有状态不能这样办理" / "可以改为的状态见 errors。制发意见、回复、整改、办结均在属实之后。";
    "wall-clock" 409: "The clock follows the wall" / "Only a server started with --clock manual=DATE has a clock that can be moved.", "时钟为实际时间" / "只有以 --clock manual=日期 启动的服务器才能拨动时钟。";
    "not-begun" 409: "The subscription begins with what holds, which a poll does not give" / "Read GET /v1/subscribe?subscription=NAME up to snapshot-end and acknowledge its position, or PUT the subscription with \"from\":\"now\".", "订阅应从当前成立的内容开始，轮询不提供" / "请用 GET /v1/subscribe?subscription=名称 读至 snapshot-end 并确认其位置，或以 \"from\":\"now\" 重新 PUT。";
    "past" 409: "This server shows the past" / "It was started by huiyan replay: nothing is taken. Send records to the server that holds the data folder.", "此服务只展示历史" / "它由 huiyan replay 启动，不接收任何内容；请向数据文件夹所属的服务报送。";
    "other-history" 410: "The position is of a history that is no more" / "The data of the server were put back as they were earlier, and what came after that was lost; other changes stand in its place. Begin again without a position.", "位置所属的历史已不存在" / "服务器的数据曾恢复到较早的状态，此后的历史已由其他变化取代；请不带位置重新开始。";
    "cursor-expired" 410: "The position is too old" / "Changes after it are no longer kept; begin again without a position.", "位置已过期" / "其后的变化不再保留；请不带位置重新开始。";
    "page-expired" 410: "The page is gone" / "Pages are kept for a while only; begin again with the first.", "分页已过期" / "请从第一页重新开始。";
    "too-large" 413: "The request is too large" / "A batch has at most 200000 lines and 256 MiB; longer files go to /v1/relations/{name}/rows?mode=upsert.", "请求过大" / "一批最多 20 万行、256 MiB；更长的文件请用 /v1/relations/{name}/rows?mode=upsert。";
    "entry-too-large" 413: "What this would change does not fit into one entry of the journal" / "Nothing of this part was taken; positions, where they are given, name the parts before it that stand. Send fewer lines at once; before a replace of a very large table retract what is to go in parts, or send the new rows with mode=upsert.", "本次变更超出一条日志所能容纳" / "这一部分未被接收；如列有 positions，则其前各段已接收。请减少一次报送的行数；整表替换前请先分批撤回要删除的行，或改用 mode=upsert 报送。";
    "line-too-long" 413: "A record is longer than a record may be" / "Its first line is in line. What stood before it may have been taken; see positions.", "有一条记录过长" / "首行号见 line。其前的行可能已接收，见 positions。";
    "held-too-large" 413: "The file is too large to be held as a whole" / "Under mode=replace, on_reject=fail or an Idempotency-Key it is held until its end: at most 2,000,000 lines and 1 GiB of rows. Nothing was taken. Send it with mode=upsert and without these, of any length, and retract what is gone; or in smaller files, each under a key of its own.", "文件过大，不能整体接收" / "mode=replace、on_reject=fail 或带 Idempotency-Key 的文件须整体保存后处理：最多 200 万行、1 GiB。未接收任何内容。请改用 mode=upsert（不带上述选项，长度不限），并另行撤回已不存在的行；或拆分为较小的文件，各用一个键。";
    "unsupported-media-type" 415: "The body is of another kind than this address reads" / "Say what it is with Content-Type: application/x-ndjson, text/csv (UTF-8, or with charset=gb18030), or application/json for a single object.", "不支持的正文类型" / "请用 Content-Type 说明：application/x-ndjson、text/csv（UTF-8，或 charset=gb18030）；单个对象用 application/json。";
    "refused" 422: "Refused as a whole" / "With on_reject=fail nothing is taken if one line is bad; errors lists them all.", "整批未接收" / "on_reject=fail 时有一行错误即全部不接收；错误见 errors。";
    "replaces-with-nothing" 422: "The file has no rows, and this agency has some" / "With mode=replace all of them would be withdrawn. Nothing was done; if it is meant, send it with ?mode=replace&empty=yes.", "文件中没有任何行，而本单位已有记录" / "mode=replace 会撤回本单位在此关系中的全部记录，因此未作处理；确需如此请用 ?mode=replace&empty=yes。";
    "too-many-subscriptions" 422: "There are as many subscriptions as there may be" / "A speaker has at most 100, all together 10,000; DELETE those that nobody reads.", "订阅数已达上限" / "每个单位至多 100 个，总计至多 10000 个；请删除不再使用的订阅。";
    "bad-header" 422: "The header of the file does not fit the relation" / "errors says what is wrong and where. Columns go by their names or titles; of a title that is not known ?columns=column=title,… names the column, and ?ignore=title,… leaves it out.", "文件表头与关系不符" / "错误及其位置见 errors。列按名称或标题对应；无法识别的标题可用 ?columns=列=标题,… 指明所属的列，或用 ?ignore=标题,… 不读取该列。";
    "open-quote" 422: "A quotation mark is never closed" / "It opens on the line in line. Close it, or write it twice if it belongs to the text. What stood before it may have been taken; see positions.", "有引号没有闭合" / "引号所在的行号见 line。请补上引号，引号属于内容时请写两个。其前的行可能已接收，见 positions。";
    "key-reused" 422: "This Idempotency-Key was used for another body" / "Take a new key for a new body.", "此 Idempotency-Key 已用于其他内容" / "内容不同请换用新的键。";
    "unknown-relation" 404: "There is no relation of this name" / "GET /v1/relations lists them.", "没有这个名称的关系" / "可用 GET /v1/relations 查看。";
    "rows-not-kept" 404: "The rows of this relation are not kept" / "It is an intermediate step of the rules; .output makes it readable.", "此关系的行不保留" / "它是规则的中间结果；用 .output 声明后可查询。";
    "not-writable" 422: "Records cannot be sent to this relation" / "It is derived by rules or is a clock.", "不能向此关系报送记录" / "此关系由规则推导或为时钟。";
    "no-clock" 422: "The rules in force have no clock" / "A .clock relation makes one.", "现行规则没有时钟" / "规则中用 .clock 声明。";
    "clock-range" 422: "The clock does not go that far" / "At most 36,600 days (a century) in one move, forward or back, and between 0001-01-01 and 9999-12-31.", "时钟不能拨到那么远" / "一次最多拨动 36600 天（一百年），且在 0001-01-01 至 9999-12-31 之间。";
    "agenda-range" 422: "The agenda does not reach that day" / "It looks ahead from today, as the rules' clock says, and 366 days at most.", "到期预告不含该日" / "自规则时钟的当日起，至多预告 366 天。";
    "internal" 500: "The server made a mistake" / "The log of the server names the trace id.", "服务器内部错误" / "日志中可按 trace_id 查找。";
    "busy" 503: "The server has its hands full" / "Nothing was taken; ask again after the seconds in Retry-After.", "服务器繁忙" / "本次未接收任何内容；请按 Retry-After 的秒数后重试。";
    "archived" 503: "What this needs was archived" / "It stands in a part of the journal that is not in the data folder, or cannot be read there; the log names it. Once the operator has put it back the same request is answered. Nothing was taken.", "所需内容已归档" / "它所在的日志分段不在数据文件夹中或无法读取，文件名见日志。管理员放回后，同一请求即可得到应答。本次未接收任何内容。";
    "taken-in-part" 503: "The file was taken in part" / "The positions say which pieces stand, errors why it went no further. Send the whole file again after the seconds in Retry-After: rows that are there already change nothing.", "文件只接收了一部分" / "positions 列出已接收的各段，errors 说明中止原因。请按 Retry-After 的秒数后重新报送整个文件：已有的行不会产生变化。";
    "too-many-streams" 503: "There are as many subscriptions as the server holds" / "Ask again after the seconds in Retry-After.", "订阅数已达上限" / "请按 Retry-After 的秒数后重试。";
    "not-kept" 503: "The change of the subscription did not reach the disk" / "Nothing was changed: one that is there keeps its filter and its place, a new one was not made, one that was to go is still there. Ask again after the seconds in Retry-After; reading goes on.", "订阅的变更未能写入磁盘" / "未作任何改动：已有的订阅保持原过滤条件和位置，新订阅未建立，要删除的仍在。请按 Retry-After 的秒数后重试；读取不受影响。";
    "places-unreadable" 503: "The file of readers' places cannot be read" / "The log of the server and /readyz say why; the operator mends it or moves it away. Everything else goes on, reading by position too.", "读取位置文件无法读取" / "原因见服务器日志和 /readyz，须由管理员修复或移走该文件。其他功能不受影响，仍可按位置读取。";
    "recovering" 503: "The server is reading its journal" / "/readyz tells how far it is.", "服务器正在恢复" / "进度见 /readyz。";
    "failed" 503: "The server has stopped taking records" / "A write, a thread or the start failed; /readyz says why, and the operator must restart it. Unless it was the start, reading goes on.", "服务器已停止接收记录" / "写入、线程或启动失败，原因见 /readyz，须由管理员重启；除启动失败外仍可查询。";
    "memory-full" 503: "The memory of the server is full" / "Nothing was taken; reading goes on, and so does retracting, a few hundred lines at a time. Send it again after the seconds in Retry-After; the operator must give the server more memory.", "服务器内存已满" / "本次未接收任何内容，仍可查询，也可分批（每批数百行）撤回。请按 Retry-After 的秒数后重新报送；须由管理员增加内存。";
    "no-room-for-agenda" 503: "There is no memory for an agenda" / "It is made by a second evaluation beside the server's own. Everything else goes on; ask again after the seconds in Retry-After, or give the server more memory.", "内存不足以生成到期预告" / "到期预告须另作一次完整计算，其他功能不受影响。请按 Retry-After 的秒数后重试，或增加内存。";
    "disk-full" 507: "The disk of the server is full" / "Nothing was taken; reading goes on. Send it again after the seconds in Retry-After; the operator must make room, no restart is needed.", "服务器磁盘已满" / "本次未接收任何内容，仍可查询。请按 Retry-After 的秒数后重新报送；须由管理员腾出空间，无需重启。";
    "stopping" 503: "The server is stopping" / "Ask again after it is back.", "服务器正在停止" / "请在恢复后重试。";
}

/// Codes that stand with a place inside a problem, or in the answer of `/readyz`, and are told nowhere else: code, English, Chinese.
pub const PLACES: &[(&str, &str, &str)] = &[
    (
        "workbook",
        "A workbook of a spreadsheet is not read: save its sheet as “CSV UTF-8”.",
        "不读取电子表格工作簿：请将工作表另存为“CSV UTF-8”。",
    ),
    (
        "unknown-charset",
        "Known charsets are utf-8 and gb18030 (also gbk and gb2312).",
        "可用的编码：utf-8、gb18030（含 gbk、gb2312）。",
    ),
    ("looks-like-utf8", "The file looks like UTF-8.", "文件看来是 UTF-8 编码。"),
    ("looks-like-gb18030", "The file looks like GB18030 (GBK).", "文件看来是 GB18030（GBK）编码。"),
    (
        "looks-like-utf16",
        "The file is UTF-16, which spreadsheets call “Unicode text”.",
        "文件是 UTF-16 编码（表格软件称“Unicode 文本”）。",
    ),
    ("looks-like-workbook", "The file is a workbook of a spreadsheet (XLSX or XLS).", "文件是电子表格工作簿（XLSX 或 XLS）。"),
    (
        "iterations",
        "The rules ran past the number of iterations that a recursion may have, and are suspended.",
        "规则超出递归次数上限，已停止计算。",
    ),
    (
        "made",
        "The rules made more texts than they may at a time (a text that grows in a recursion), and are suspended.",
        "规则一次生成的文本超出上限（如递归中不断变长的文本），已停止计算。",
    ),
    ("rows", "The rules ran past the number of rows that they may hold, and are suspended.", "规则超出行数上限，已停止计算。"),
    (
        "rules",
        "This version does not take the text of the rules any more; they are suspended.",
        "现版本不再接受这些规则，已停止计算。",
    ),
    ("unknown", "A reason of another version.", "其他版本的原因。"),
    (
        "unknown-state",
        "What is said of a clue is one of checking, confirmed, dismissed, opinion-issued, replied, rectified, closed.",
        "线索的办理状态：checking 核查中、confirmed 属实、dismissed 排除、opinion-issued 已制发意见、replied 已回复、rectified 已整改、closed 办结。",
    ),
    (
        "unknown-reason",
        "The reason of a dismissal is one of a closed list; the message has it.",
        "排除的理由须为所列之一，见提示。",
    ),
    (
        "reason-needed",
        "Who dismisses a clue says why: with one of the reasons in the message.",
        "排除线索须说明理由，可选的理由见提示。",
    ),
    (
        "reason-unfit",
        "A reason stands with a dismissal and with nothing else; write what else is to be said into the note.",
        "只有排除时才填理由；其他情况请写入说明。",
    ),
    ("note-needed", "The reason other-with-note says nothing by itself: the note has to.", "理由为“其他”时须填写说明。"),
    ("note-too-long", "A note has at most 2,000 characters.", "说明至多 2000 个字符。"),
];

/// An error on its way to the edge.
#[derive(Clone, Debug)]
pub struct Problem {
    code: &'static str,
    errors: Vec<Place>,
    more: Map<String, Value>,
}

/// What is wrong where.
#[derive(Clone, Debug)]
struct Place {
    line: Option<u64>,
    pointer: String,
    code: &'static str,
    said: Said,
}

impl Problem {
    pub fn new(code: &'static str) -> Problem {
        debug_assert!(KINDS.iter().any(|kind| kind.code == code), "{code}");
        Problem { code, errors: Vec::new(), more: Map::new() }
    }

    /// Adds a place. `pointer` is made of names of ours, never of values.
    pub fn at(mut self, pointer: impl Into<String>, code: &'static str, said: Said) -> Problem {
        self.errors.push(Place { line: None, pointer: pointer.into(), code, said });
        self
    }

    /// Another problem is the cause of this one.
    pub fn because(self, cause: &Problem) -> Problem {
        let kind = cause.kind();
        self.at("", kind.code, Said::new(kind.en.0, kind.zh.0))
    }

    pub fn parameter(name: &str, said: Said) -> Problem {
        Problem::new("bad-parameter").at(format!("/query/{name}"), "bad-parameter", said)
    }

    pub fn refused(code: &'static str, refused: &[Refused]) -> Problem {
        let place = |r: &Refused| Place { line: Some(r.line), pointer: r.pointer.clone(), code: r.code, said: r.message.clone() };
        Problem { errors: refused.iter().map(place).collect(), ..Problem::new(code) }
    }

    /// An extension member.
    pub fn with(mut self, name: &str, value: Value) -> Problem {
        self.more.insert(name.to_string(), value);
        self
    }

    fn kind(&self) -> &'static Kind {
        KINDS.iter().find(|kind| kind.code == self.code).unwrap_or(&KINDS[0])
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn document(&self, lang: Lang, trace: &str) -> Value {
        let kind = self.kind();
        let (title, detail) = match lang {
            Lang::En => kind.en,
            Lang::Zh => kind.zh,
        };
        let mut document = json!({
            "type": format!("/problems/{}", kind.code),
            "title": title,
            "status": kind.status,
            "detail": detail,
            "trace_id": trace,
        });
        if let Value::Object(map) = &mut document {
            map.extend(self.more.clone());
            if !self.errors.is_empty() {
                let errors = self.errors.iter().map(|place| place.document(lang)).collect();
                map.insert("errors".to_string(), Value::Array(errors));
            }
        }
        document
    }
}

impl Place {
    fn document(&self, lang: Lang) -> Value {
        let mut place = json!({"code": self.code, "message": self.said.get(lang), "pointer": self.pointer});
        if let (Some(line), Value::Object(map)) = (self.line, &mut place) {
            map.insert("line".to_string(), line.into());
        }
        place
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes a problem out; what a library refused on its own becomes one too.
pub fn finish(response: Response, lang: Lang, trace: &str) -> Response {
    let status = response.status();
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        None if status.is_client_error() || status.is_server_error() => match of_status(status) {
            Some(problem) => problem,
            None => return response,
        },
        None => return response,
    };
    let (mut parts, _) = response.into_parts();
    parts.status = problem.status();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    let language = if lang == Lang::Zh { "zh" } else { "en" };
    parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language));
    if let Some(seconds) = retry_after(&problem) {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    Response::from_parts(parts, Body::from(problem.document(lang, trace).to_string()))
}

/// What passes by itself is over soon, an agenda after an evaluation of everything; a full disk or memory, suspended rules and an archived
/// part wait for somebody.
fn retry_after(problem: &Problem) -> Option<&'static str> {
    match (problem.code, problem.status()) {
        // Another look, and not more time, is what helps.
        ("clue-changed" | "clue-withdrawn" | "verdict-out-of-order", _) => None,
        ("archived" | "memory-full" | "disk-full" | "no-room-for-agenda" | "no-agenda-now", _) => Some("60"),
        ("agenda-running", _) => Some("10"),
        (_, StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT) => Some("1"),
        _ => None,
    }
}

/// A status without a problem that did not come from a handler of ours; health answers keep their own body.
fn of_status(status: StatusCode) -> Option<Problem> {
    Some(Problem::new(match status {
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        StatusCode::SERVICE_UNAVAILABLE => return None,
        _ => "bad-request",
    }))
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Problem {
        match error {
            EngineError::Busy => Problem::new("busy"),
            EngineError::NotReady(phase) => Problem::from(phase),
            EngineError::KeyReused => Problem::new("key-reused"),
            EngineError::Archived => Problem::new("archived"),
            EngineError::KeyRunning => Problem::new("key-running"),
            EngineError::SnapshotRunning => Problem::new("snapshot-running"),
            EngineError::NoSnapshotNow => Problem::new("no-snapshot-now"),
            EngineError::AgendaRunning => Problem::new("agenda-running"),
            EngineError::NoAgendaNow => Problem::new("no-agenda-now"),
            EngineError::AgendaRange => Problem::new("agenda-range"),
            EngineError::NoRoomForAgenda => Problem::new("no-room-for-agenda"),
            EngineError::AgendaFailed => Problem::new("internal"),
            EngineError::NoSuchClue => Problem::new("not-found"),
            EngineError::ClueWithdrawn => Problem::new("clue-withdrawn"),
            EngineError::ClueChanged => Problem::new("clue-changed"),
            EngineError::OutOfOrder { before } => {
                let (now, next) = (before.name(), before.next());
                let said = Said::new(
                    format!("the clue is {now}; next may be {}", next.join(", ")),
                    format!("现为 {now}；可以改为 {}", next.join("、")),
                );
                Problem::new("verdict-out-of-order").at("/state", "verdict-out-of-order", said)
            }
            EngineError::WallClock => Problem::new("wall-clock"),
            EngineError::Refused(answer) => Problem::refused("refused", &answer.refused),
            EngineError::NoClock => Problem::new("no-clock"),
            EngineError::ClockRange => Problem::new("clock-range"),
            EngineError::EntryTooLarge { .. } => Problem::new("entry-too-large"),
            EngineError::ReplacesWithNothing => Problem::new("replaces-with-nothing"),
            EngineError::MemoryFull => Problem::new("memory-full"),
            EngineError::DiskFull => Problem::new("disk-full"),
            EngineError::WriteFailed => Problem::new("failed"),
        }
    }
}

impl From<SubscriptionError> for Problem {
    fn from(error: SubscriptionError) -> Problem {
        Problem::new(match error {
            SubscriptionError::Unknown => "no-subscription",
            SubscriptionError::TooMany => "too-many-subscriptions",
            SubscriptionError::Busy => "busy",
            SubscriptionError::WriteFailed => "not-kept",
            SubscriptionError::Unreadable => "places-unreadable",
            SubscriptionError::Past => "past",
            SubscriptionError::Stopping => "stopping",
        })
    }
}

impl From<Phase> for Problem {
    fn from(phase: Phase) -> Problem {
        Problem::new(match phase {
            Phase::Recovering { .. } => "recovering",
            Phase::Failed { .. } => "failed",
            Phase::Stopping => "stopping",
            Phase::Past => "past",
            Phase::Ready | Phase::Suspended { .. } => "busy",
        })
    }
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Problem {
        match error {
            IngestError::Empty => Problem::new("empty-body"),
            IngestError::Charset { said, looks } => {
                let problem = Problem::new(if said == Charset::Utf8 { "not-utf8" } else { "wrong-charset" });
                looks.map(Looks::told).into_iter().fold(problem, |problem, (code, said)| problem.at("", code, said))
            }
            IngestError::Header(refused) => Problem::refused("bad-header", &refused),
            IngestError::RecordTooLong { line } => Problem::new("line-too-long").with("line", line.into()),
            IngestError::OpenQuote { line } => Problem::new("open-quote").with("line", line.into()),
            IngestError::Io(_) => Problem::new("broken-body"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_stands_once_with_a_status_and_both_languages() {
        for (i, kind) in KINDS.iter().enumerate() {
            assert!(KINDS[..i].iter().all(|other| other.code != kind.code), "{}", kind.code);
            assert!((400..=507).contains(&kind.status), "{}", kind.code);
            assert!(kind.zh.0.chars().any(|c| c as u32 > 0x4e00) && kind.en.0.is_ascii(), "{}", kind.code);
        }
    }
}
