//! What the lexer and the parser have to say about text: one function for each kind of mistake, in both languages, with its
//! stable code. [`Sink`] collects them and knows when it is enough.

use super::diagnostic::{Diagnostic, Severity};
use super::source::Span;
use super::token::quote;
use crate::limits::{
    MAX_INCLUDE_DEPTH, MAX_INCLUSIONS, MAX_MACRO_BYTES, MAX_NAME_BYTES, MAX_RULE_MISTAKES, MAX_RULE_NESTING, MAX_RULE_OPERATORS,
    MAX_RULE_TEXT_BYTES, MAX_TEXT_LITERAL_BYTES,
};
use crate::types::Said;

/// Words of a message in English and Chinese.
pub(super) type Words = (&'static str, &'static str);

/// Collects diagnostics. Past the limit of mistakes it is full, and whoever reads text should stop.
#[derive(Default)]
pub(super) struct Sink {
    pub diagnostics: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    full: bool,
}

impl Sink {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= MAX_RULE_MISTAKES {
            self.diagnostics.push(diagnostic);
        } else if diagnostic.severity == Severity::Error && !self.full {
            self.full = true;
            self.diagnostics.push(too_many(diagnostic.primary.0));
        }
    }

    /// By place; that there are too many comes last.
    pub fn in_order(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (d.code == TOO_MANY, d.primary.0.file, d.primary.0.start));
        self.diagnostics
    }

    pub fn is_full(&self) -> bool {
        self.full
    }
}

/// Two pieces of Chinese text, a blank between them where one of them is code.
fn beside(first: &str, second: &str) -> String {
    let blank = if first.ends_with('`') || second.starts_with('`') { " " } else { "" };
    format!("{first}{blank}{second}")
}

const TOO_MANY: &str = "E0117";

fn said(words: Words) -> Said {
    Said::new(words.0, words.1)
}

fn too_many(span: Span) -> Diagnostic {
    Diagnostic::error(
        TOO_MANY,
        span,
        Said::new(
            format!("more than {MAX_RULE_MISTAKES} mistakes; the rest of the text was not read"),
            format!("错误超过 {MAX_RULE_MISTAKES} 处，其余文本未再读取"),
        ),
    )
    .help(Said::new("mend the first ones and try again", "请先改正前面的错误，再试一次"))
}

/// Something else was expected here.
pub(super) fn unexpected(span: Span, found: Said, expected: Words) -> Diagnostic {
    Diagnostic::error("E0101", span, Said::new(format!("unexpected {}", found.en), beside("此处不应出现", &found.zh)))
        .label(Said::new(format!("expected {}", expected.0), beside("应为", expected.1)))
}

/// Help where the text before a mistake runs over several lines: its end is probably the beginning of the next one.
pub(super) fn text_before_began(line: usize) -> Said {
    Said::new(
        format!("the text before this began on line {line}; is a `\"` missing there?"),
        format!("前面的文本始于第 {line} 行，那里是否漏写了 `\"`？"),
    )
}

pub(super) fn unknown_character(span: Span, c: char) -> Diagnostic {
    let shown = if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    let code = c as u32;
    Diagnostic::error(
        "E0102",
        span,
        Said::new(format!("unknown character {shown} (U+{code:04X})"), format!("无法识别的字符 {shown}（U+{code:04X}）")),
    )
    .help(Said::new("delete it, or put it between quotes if it belongs to a text", "请删除；若属于文本，请放在引号之内"))
}

pub(super) fn full_width(span: Span, c: char, meant: &str) -> Diagnostic {
    Diagnostic::error("E0102", span, Said::new(format!("full-width `{c}`"), format!("全角字符 `{c}`")))
        .help(Said::new(format!("write `{meant}`"), format!("请改用半角 `{meant}`")))
}

pub(super) fn unterminated_text(span: Span) -> Diagnostic {
    Diagnostic::error("E0103", span, Said::new("text without an end", "文本缺少结束引号"))
        .label(Said::new("begins here", "由此开始"))
        .help(Said::new("close it with `\"`; a quote inside a text is written `\\\"`", "请以 `\"` 结束；文本内的引号写作 `\\\"`"))
}

pub(super) fn unknown_escape(span: Span, c: char) -> Diagnostic {
    Diagnostic::error(
        "E0104",
        span,
        Said::new(format!("unknown escape `\\{}`", c.escape_debug()), format!("未知的转义 `\\{}`", c.escape_debug())),
    )
    .help(Said::new(
        "known are \\\" \\' \\\\ \\a \\b \\f \\n \\r \\t \\v; a backslash itself is written `\\\\`",
        "可用 \\\" \\' \\\\ \\a \\b \\f \\n \\r \\t \\v；反斜杠本身写作 `\\\\`",
    ))
}

pub(super) fn unterminated_comment(span: Span) -> Diagnostic {
    Diagnostic::error("E0105", span, Said::new("comment without an end", "注释没有结束"))
        .help(Said::new("close it with `*/`", "请以 `*/` 结束"))
}

pub(super) fn malformed_number(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("E0106", span, Said::new(format!("{} is no number", quote(text)), format!("{} 不是数字", quote(text))))
        .help(Said::new(
            "numbers are written 12, 0x1F, 0b101, 12u, 1.5 or 192.0.2.1; a name does not begin with a digit",
            "数字写作 12、0x1F、0b101、12u、1.5 或 192.0.2.1；名称不能以数字开头",
        ))
}

pub(super) fn number_out_of_range(span: Span) -> Diagnostic {
    Diagnostic::error("E0107", span, Said::new("number out of range", "数字超出范围")).help(Said::new(
        "integers have 64 bits, the parts of an address lie between 0 and 255",
        "整数为 64 位；地址的每一段在 0 到 255 之间",
    ))
}

/// `next`: what stands behind it, if anything does.
pub(super) fn missing_dot(span: Span, next: Option<Span>) -> Diagnostic {
    let told = Diagnostic::error("E0108", span, Said::new("rule without an end", "规则没有结束"))
        .label(Said::new("expected `.` after this", "此后应有 `.`"));
    let told = match next {
        Some(next) => told.also(next, Said::new("this cannot be part of it", "此处不能是该规则的一部分")),
        None => told,
    };
    told.help(Said::new("end every fact and every rule with `.`", "每条事实和规则都以 `.` 结束"))
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0109",
        span,
        Said::new(format!("nested deeper than {MAX_RULE_NESTING} levels"), format!("嵌套超过 {MAX_RULE_NESTING} 层")),
    )
    .help(Said::new("give a part of it a relation of its own", "请把其中一部分写成单独的关系"))
}

pub(super) fn too_many_operators(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0109",
        span,
        Said::new(
            format!("more than {MAX_RULE_OPERATORS} operators in one rule"),
            format!("一条规则中的运算符超过 {MAX_RULE_OPERATORS} 个"),
        ),
    )
    .help(Said::new("give a part of it a relation of its own", "请把其中一部分写成单独的关系"))
}

pub(super) fn long_name(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0110",
        span,
        Said::new(format!("name longer than {MAX_NAME_BYTES} bytes"), format!("名称超过 {MAX_NAME_BYTES} 字节")),
    )
    .help(Said::new("choose a shorter one", "请改用较短的名称"))
}

pub(super) fn long_text(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0110",
        span,
        Said::new(format!("text longer than {MAX_TEXT_LITERAL_BYTES} bytes"), format!("文本超过 {MAX_TEXT_LITERAL_BYTES} 字节")),
    )
    .help(Said::new("is a quote missing before its end?", "是否漏写了结束引号？"))
}

pub(super) fn long_program(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0110",
        span,
        Said::new(
            format!("rule text of more than {} MiB", MAX_RULE_TEXT_BYTES >> 20),
            format!("规则文本超过 {} MiB", MAX_RULE_TEXT_BYTES >> 20),
        ),
    )
    .help(Said::new("data belong into files that `.input` reads", "数据应放在由 `.input` 读取的文件中"))
}

/// The code of a file that is not there.
pub(super) const NO_INCLUDE: &str = "E0111";

pub(super) fn include_missing(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        NO_INCLUDE,
        span,
        Said::new(format!("cannot find include file {}", quote(name)), format!("找不到包含文件 {}", quote(name))),
    )
    .help(Said::new("the name is taken from the folder of the file that includes it", "文件名相对于包含它的文件所在的目录"))
}

/// Of `huiyan fmt`.
pub(super) fn no_layout(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0140",
        span,
        Said::new(
            "blanks in this file mean something; in the one layout it would not say the same",
            "本文件中的空白有含义，统一版式后意思会改变",
        ),
    )
    .help(Said::new(
        "look for arguments of macros that become text (`#x`), and for a `.` between blanks; such a file stays as it is",
        "请检查宏中转为文本的参数（`#x`）以及前后有空白的 `.`；这样的文件保持原样",
    ))
}

pub(super) fn include_cycle(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("E0112", span, Said::new(format!("{} includes itself", quote(name)), format!("{} 包含了自身", quote(name))))
        .help(Said::new(
            "put `.once` at the head of that file, or move what both need into a third one",
            "请在该文件开头写 `.once`，或把共用部分移到第三个文件",
        ))
}

pub(super) fn too_many_includes(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0112",
        span,
        Said::new(
            format!("more than {MAX_INCLUSIONS} inclusions, or {MAX_INCLUDE_DEPTH} within each other"),
            format!("包含文件超过 {MAX_INCLUSIONS} 次，或嵌套超过 {MAX_INCLUDE_DEPTH} 层"),
        ),
    )
    .help(Said::new("put `.once` at the head of files that several others include", "请在被多处包含的文件开头写 `.once`"))
}

/// A form of the language that this version does not have yet, and what can be written meanwhile.
pub(super) fn not_yet(span: Span, form: Words, instead: Words) -> Diagnostic {
    Diagnostic::error("E0113", span, Said::new(format!("{} not supported yet", form.0), beside(form.1, "暂不支持")))
        .help(said(instead))
}

/// A form of the language that will not come.
pub(super) fn never(span: Span, form: Words, instead: Words) -> Diagnostic {
    Diagnostic::error(
        "E0114",
        span,
        Said::new(format!("{} not supported, and will not be", form.0), beside(form.1, "不受支持，今后也不会支持")),
    )
    .help(said(instead))
}

/// An aggregate or the functor of its name, badly put.
pub(super) fn aggregate_form(span: Span, message: Words, help: Words) -> Diagnostic {
    Diagnostic::error("E0115", span, said(message)).help(said(help))
}

pub(super) fn not_a_head(span: Span, found: Said) -> Diagnostic {
    Diagnostic::error(
        "E0116",
        span,
        Said::new(format!("a head cannot begin with {}", found.en), format!("规则头不能以{}开始", found.zh)),
    )
    .label(Said::new("expected the name of a relation", "应为关系名"))
    .help(Said::new(
        "a rule reads `head(x) :- body(x).`; conditions stand after `:-`",
        "规则写作 `head(x) :- body(x).`；条件写在 `:-` 之后",
    ))
}

pub(super) fn given_twice(span: Span, word: &str, first: Span) -> Diagnostic {
    Diagnostic::error("E0118", span, Said::new(format!("{} already set", quote(word)), format!("{} 已设置", quote(word))))
        .also(first, Said::new("first here", "首次出现"))
        .help(Said::new("delete one of them", "请删除其中一个"))
}

pub(super) fn reserved(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(
        "E0119",
        span,
        Said::new(format!("{} is a word of the language", quote(word)), format!("{} 是语言保留字", quote(word))),
    )
    .help(Said::new("choose another name", "请换一个名称"))
}

pub(super) fn mixed_arguments(span: Span) -> Diagnostic {
    Diagnostic::error(
        "E0120",
        span,
        Said::new("arguments with and without column names in one atom", "同一原子中混用了带列名与不带列名的参数"),
    )
    .help(Said::new("name all of them, or none", "请全部写列名，或全部不写"))
}

pub(super) fn unknown_directive(span: Span, word: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        "E0121",
        span,
        Said::new(format!("unknown directive {}", quote(word)), format!("未知的指令 {}", quote(word))),
    );
    match near {
        Some(near) => diagnostic.help(Said::new(format!("did you mean `.{near}`?"), format!("是否指 `.{near}`？"))),
        None => diagnostic.help(Said::new(
            "known are .decl .type .comp .init .input .output .printsize .limitsize .record .clue .clock .include .once .pragma, each with a space after it",
            "可用 .decl .type .comp .init .input .output .printsize .limitsize .record .clue .clock .include .once .pragma，其后须有空格",
        )),
    }
}

pub(super) fn not_a_condition(span: Span) -> Diagnostic {
    Diagnostic::error("E0122", span, Said::new("a term alone is no condition", "单独的项不是条件"))
        .label(Said::new("expected a comparison after this", "此后应为比较运算符"))
        .help(Said::new(
            "compare it (`x = 1`), or name a relation and its columns (`r(x)`, `r()`)",
            "请作比较（`x = 1`），或写关系及其列（`r(x)`、`r()`）",
        ))
}

pub(super) fn old_qualifier(span: Span, word: &str) -> Diagnostic {
    Diagnostic::warning(
        "W0101",
        span,
        Said::new(format!("deprecated qualifier {}", quote(word)), format!("已弃用的限定词 {}", quote(word))),
    )
    .help(Said::new(
        format!("write `.{word}` and the relation's name on a line of its own"),
        format!("请另起一行写 `.{word}` 和关系名"),
    ))
}

pub(super) fn old_type(span: Span, name: &str, base: &str) -> Diagnostic {
    Diagnostic::warning("W0102", span, Said::new("deprecated type declaration", "已弃用的类型声明"))
        .help(Said::new(format!("write `.type {name} <: {base}`"), format!("请写作 `.type {name} <: {base}`")))
}

pub(super) fn idle_annotation(span: Span) -> Diagnostic {
    Diagnostic::warning("W0103", span, Said::new("annotation before no rule", "注解之后没有规则"))
        .help(Said::new("put it right before the rule that it speaks of", "请放在所说明的规则之前"))
}

pub(super) fn attached_to_nothing(span: Span, word: &str) -> Diagnostic {
    let message = Said::new(
        format!("a doc comment or an annotation before {}, attached to nothing", quote(word)),
        format!("{} 之前的文档注释或注解没有所属", quote(word)),
    );
    Diagnostic::warning("W0104", span, message)
        .help(Said::new("put it right before a declaration or a rule, or delete it", "请放在声明或规则之前，或删除"))
}

pub(super) fn block_without_end(span: Span, word: &str, close: char) -> Diagnostic {
    Diagnostic::error("E0123", span, Said::new(format!("`{word}` without an end"), format!("`{word}` 没有结束")))
        .help(Said::new(format!("close it with `{close}`"), format!("请以 `{close}` 结束")))
}

pub(super) fn override_outside(span: Span) -> Diagnostic {
    Diagnostic::error("E0124", span, Said::new("`.override` outside a component", "`.override` 不在组件内"))
        .help(Said::new("write it in the component that replaces the rules of its base", "请写在替换其基组件规则的组件内"))
}

pub(super) fn preprocessor_line(span: Span) -> Diagnostic {
    Diagnostic::error("E0125", span, Said::new("a line of the preprocessor that cannot be read", "无法识别的预处理行")).help(
        Said::new(
            "known are #include \"file\", #define, #undef, #if, #ifdef, #ifndef, #elif, #else, #endif",
            "可用 #include \"文件\"、#define、#undef、#if、#ifdef、#ifndef、#elif、#else、#endif",
        ),
    )
}

pub(super) fn preprocessor_unclosed(span: Span) -> Diagnostic {
    Diagnostic::error("E0126", span, Said::new("`#if` without its `#endif`", "`#if` 缺少 `#endif`"))
        .help(Said::new("close it in the same file", "请在同一文件内结束"))
}

pub(super) fn macro_too_much(span: Span, name: &str) -> Diagnostic {
    let (name, most) = (quote(name), MAX_MACRO_BYTES >> 20);
    Diagnostic::error("E0127", span, Said::new(format!("the macro {name} comes to too much"), format!("宏 {name} 展开过长")))
        .help(Said::new(
            format!(
                "one use may come to {most} MiB, and all of them to some millions of words; does a macro stand for others twice?"
            ),
            format!("每次使用至多展开为 {most} MiB，全部使用合计至多数百万个词；是否有宏重复引用其他宏？"),
        ))
}

pub(super) fn macro_arguments(span: Span, name: &str, wanted: usize, given: usize) -> Diagnostic {
    let name = quote(name);
    Diagnostic::error(
        "E0128",
        span,
        Said::new(
            format!("the macro {name}, or one in it, takes {wanted} arguments and is given {given}"),
            format!("宏 {name}（或其中的宏）需要 {wanted} 个参数，此处给出 {given} 个"),
        ),
    )
    .help(Said::new(
        "give one for each of its parameters; a comma within parentheses parts nothing",
        "请为每个参数各给一项；括号内的逗号不作分隔",
    ))
}
