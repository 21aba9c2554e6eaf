//! What a problem means to somebody who pushes files: the server explains it to programs, in words of HTTP.

use crate::types::Said;

/// Title and remedy for a code that the server tells in terms of headers, statuses or addresses.
pub(super) fn of(code: &str) -> Option<Said> {
    let (en, zh) = match code {
        "bad-agency" => (
            "The agency has no good code: write kind:code, for example police:640299-01",
            "机关代码不正确：应写作 类别:代码，例如 police:640299-01",
        ),
        "operator-only" => ("Only the operator may do this", "只有管理员可以这样做"),
        "not-utf8" => (
            "The file is not UTF-8: save it as “CSV UTF-8”, or say its charset. Nothing of it was taken",
            "文件不是 UTF-8 编码：请另存为“CSV UTF-8”，或注明编码。未接收任何内容",
        ),
        "wrong-charset" => {
            ("The file is not in the charset that was said. Nothing of it was taken", "文件不是所注明的编码。未接收任何内容")
        }
        "unsupported-media-type" => {
            ("Files of this kind are not read: save the table as “CSV UTF-8”", "不读取这种文件：请将表格另存为“CSV UTF-8”")
        }
        "too-large" => (
            "The file is too large for one sending: push rows of one relation as CSV, which may be of any length",
            "文件过大，不能一次报送：请按关系以 CSV 报送，长度不限",
        ),
        "held-too-large" => (
            "The file is too large to be taken as a whole (at most 2,000,000 lines and 1 GiB). Nothing was taken: push it with --mode upsert, or in smaller files",
            "文件过大，不能整体接收（最多 200 万行、1 GiB）。未接收任何内容：请用 --mode upsert 报送，或拆分为较小的文件",
        ),
        "replaces-with-nothing" => (
            "The file has no rows, and the agency has some: all of them would be withdrawn. Nothing was done",
            "文件中没有任何行，而本机关已有记录：将撤回全部记录，因此未作处理",
        ),
        "bad-header" => ("The titles of the file do not fit the relation", "文件的标题行与此关系不符"),
        "unknown-relation" => ("The server takes no relation of this name", "服务器没有这个名称的关系"),
        "key-running" => ("The same sending is still under way", "同一报送仍在处理"),
        "key-reused" => (
            "Another content was sent under the same mark: give --again another word",
            "同一标记已用于其他内容：请用 --again 另取标记",
        ),
        "busy" => ("The server has its hands full. Nothing was taken", "服务器繁忙，未接收任何内容"),
        "archived" => (
            "This was pushed before, and the answer of then is in a part of the journal that was put away: it was not taken again. Have the operator put the part back, or push it anew with --again WORD",
            "此文件此前已报送，当时的结果在已归档的日志分段中：本次未重复接收。请管理员放回该分段，或用 --again 标记重新报送",
        ),
        "recovering" => ("The server is starting and reads what it has", "服务器正在启动，尚在读取已有数据"),
        "memory-full" => (
            "The memory of the server is full. Nothing was taken; its operator must give it more",
            "服务器内存已满，未接收任何内容；须由管理员增加内存",
        ),
        "disk-full" => (
            "The disk of the server is full. Nothing was taken; its operator must make room",
            "服务器磁盘已满，未接收任何内容；须由管理员腾出空间",
        ),
        "taken-in-part" => (
            "The file was taken in part: push it again, what is there already changes nothing",
            "文件只接收了一部分：请重新报送，已有的行不会产生变化",
        ),
        _ => return None,
    };
    Some(Said::new(en, zh))
}
