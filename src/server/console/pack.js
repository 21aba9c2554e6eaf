// The words of the supervision pack: it is written in Chinese; here is what its rules, columns and values are called in English, and in Chinese
// what its clues' columns are called. Of another pack's names the page shows what the server says.

import { either, language } from "./words.js";

// Title, and the reason. A column in braces is put in; where one of them is not there the Chinese reason stands.
const RULES = {
  detention_notice_missing: ["Notice of detention missing",
    "{agency} took decision {decision_no} ({kind}) on {decided} and had to notify {recipient} by {due} ({due_workdays} if counted in working days); the notice: {state} (identity: {identity})."],
  detention_notice_late: ["Notice of detention late",
    "{agency} took decision {decision_no} ({kind}) on {decided} and had to notify {recipient} by {due} ({due_workdays} if counted in working days); the notice came on {came}, {days_late} days late (identity: {identity})."],
  coercive_measure_notice_missing: ["Notice of coercive measure missing",
    "{agency} took coercive measure {measure_no} ({kind}) on {decided} and had to notify {recipient} by {due} ({due_workdays} if counted in working days); the notice: {state} (identity: {identity})."],
  never_registered: ["Never registered after sentence",
    "Defendant no. {defendant} of {court}, case {case_no} ({category}), counted from {begins} ({dated}), by {due} at the latest: {act}. {agency} has no registration; first find out whether there is one under another name or number, or with another agency (identity: {identity})."],
  reported_late: ["Reported late",
    "Defendant no. {defendant} of {court}, case {case_no}, had to report to {agency} within ten days of {begins} ({dated}), by {due} at the latest, and reported on {reported}, {days_late} days late. Possible measure: {measure}; find out whether there was good reason (identity: {identity})."],
  docs_not_received_by_cca: ["Court papers not received by the correction agency",
    "The judgment on defendant no. {defendant} of {agency}, case {case_no}, took effect on {effective} ({dated}); {recipient} had to have the paper ({doc_kind}) by {due}; the paper: {state} (identity: {identity})."],
  docs_late_to_cca: ["Court papers late to the correction agency",
    "The judgment on defendant no. {defendant} of {agency}, case {case_no}, took effect on {effective} ({dated}); {recipient} had to have the paper ({doc_kind}) by {due}, and it came on {came}, {days_late} days late (identity: {identity})."],
  docs_not_copied_to_procuratorate: ["Papers not copied to the procuratorate",
    "Papers of {court}, case {case_no}: counted from {from_day} ({dated}), {agency} had to copy or forward them to {recipient} by {due}; the copy: {state} (identity: {identity})."],
  penalised_in_correction: ["Penalised during correction",
    "A person in correction was given a penalty ({kind}) by {organ} on {decided}, decision {decision_no}; ask {agency} whether its assessment took account of it (identity: {identity})."],
  reoffended_in_correction: ["New crime during correction",
    "A person in correction committed another crime ({crime}) on {committed}, see {court}, case {case_no}, defendant no. {defendant}; ask {agency} whether the court that tried it has revoked and joined the terms as the law asks (identity: {identity})."],
  dpr_not_listed: ["Deprived of political rights, on no police list",
    "A person deprived of political rights until {ends}, released by {prison} on {released} ({release_no}), had to report by {due} (counted from the release; longer from another province) and is on no list of {agency}. The police may not have had the papers: check that first (identity: {identity})."],
  dpr_listed_late: ["Deprived of political rights, listed late",
    "A person deprived of political rights, released by {prison} on {released} ({release_no}), had to report by {due} (counted from the release; longer from another province) and was listed on {listed}, {days_late} days late. The police may have had the papers late: check that first (identity: {identity})."],
  dpr_docs_not_sent_to_police: ["Prison papers not sent to the police",
    "{agency} released a person deprived of political rights on {released} ({release_no}); {recipient} had to have the papers by {due} ({counted}); the papers: {state} (identity: {identity})."],
  dpr_docs_not_sent_to_procuratorate: ["Prison papers not sent to the procuratorate",
    "{agency} released a person deprived of political rights on {released} ({release_no}); {recipient} had to have a copy of the papers by {due} ({counted}); the copy: {state} (identity: {identity})."],
  reported_late_no_sanction: ["Reported late, and nothing followed",
    "Defendant no. {defendant} of {court}, case {case_no}, reported late, on {reported}; by {due} (a setting: the law names no days) {agency} has noted neither an admonition or warning nor a proposal. Find out whether there was good reason (identity: {identity})."],
  docs_not_copied_to_police: ["Court papers not copied to the police",
    "The papers of {court}, case {case_no}, counted from {from_day} ({dated}), had to be copied or forwarded to {recipient} by {agency} by {due}; the copy: {state} (identity: {identity})."],
  effective_notice_late: ["Effect of a judgment not told in time",
    "The judgment on defendant no. {defendant} of {agency}, case {case_no}, took effect on {effective} ({dated}); {recipient} had to be told by {due}: {state}. It may have been told by telephone; to be verified (identity: {identity})."],
  receipt_not_returned: ["Receipt for court papers not returned",
    "{agency} received papers of {court}, case {case_no}, on {received}; a receipt had to go back by {due}, and none has been seen; it may have gone on paper. To be verified (identity: {identity})."],
  off_supervision: ["Not heard of, perhaps off supervision",
    "Nothing has been heard of a person in correction ({corr_no}) since {silent_from}: no report, visit or location, no leave, no custody. After {due} (by what is usual) they may be off supervision; so long an absence may ask for: {measure}. {agency} should find out where they are (identity: {identity})."],
  left_without_leave: ["Away without leave",
    "A record of {source} ({stay_no}) has a person in correction in {place_name} (area {place}) on {day} ({kind}); {agency} has no leave that covers that day. Find out (identity: {identity})."],
  penalised_no_sanction: ["Penalised during correction, and nothing followed",
    "{organ} penalised a person in correction on {decided} ({decision_no}), and {agency} knew of it on {told_on}; by {due} (a setting: the law names no days) it has noted neither an admonition or warning nor a proposal. Find out (identity: {identity})."],
  reoffended_not_revoked: ["New crime, and probation or parole not revoked",
    "Defendant no. {defendant} of {court}, case {case_no}, committed a crime ({crime}) on probation or parole ({committed}). The judgment is in force, and by {due} (a setting: the law names no days) nothing says that it was revoked (identity: {identity})."],
  undisclosed_crime_not_revoked: ["Earlier crime found, and probation or parole not revoked",
    "Of defendant no. {defendant} of {court}, case {case_no}, a crime ({crime}) from before the first judgment ({committed}) was found on probation or parole. The judgment is in force, and by {due} (a setting: the law names no days) nothing says that it was revoked (identity: {identity})."],
  release_docs_missing: ["Procuratorate not told of a release from correction",
    "A person in correction ({corr_no}) was released on {ended_on}; by {due} (a setting: the law names no days) {recipient} has no notice of {agency}. To be verified (identity: {identity})."],
  end_docs_missing: ["Procuratorate not told of the end of correction",
    "The correction of a person ({corr_no}) ended on {ended_on} by revocation, recall or death; by {due} (a setting: the law names no days) {recipient} has no paper about it. Ask whoever ruled, or {agency} (identity: {identity})."],
  supervision_docs_missing: ["Supervision papers not copied to the procuratorate",
    "Of the {what} of {agency} of {day} ({no}) {recipient} should have had a copy at once; by {due} (a setting: the law names no days) none has been seen. To be verified (identity: {identity})."],
  two_warnings_no_proposal: ["Two warnings, a breach, and no proposal",
    "A person in correction ({corr_no}) was warned a second time on {second} and there is a breach or a sanction again on {breach}, perhaps for the same act; by {due} (a setting: the law names no days) {agency} has noted no proposal to revoke or recall. Find out (identity: {identity})."],
  off_over_month_no_proposal: ["Off supervision or late for over a month, and no proposal",
    "A person in correction ({corr_no}) neither reported nor was heard of after {silent_from}; on {month_over} a month was over, and by {due} (a setting: the law names no days) {agency} has noted no proposal to revoke or recall. Find out whether there was good reason (identity: {identity})."],
  police_penalty_then_breach_no_proposal: ["Punished by the police, a breach, and no proposal",
    "{organ} punished a person in correction on {decided} for breaking the rules of supervision ({decision_no}), and there is a breach or a sanction again on {breach}, perhaps for the same act; by {due} (a setting: the law names no days) {agency} has noted no proposal to revoke or recall. Find out (identity: {identity})."],
  breach_no_police_referral: ["Breach not referred to the police",
    "{source} warned a person in correction on {warned} ({sanction_no}), again or for breaking an injunction; by {due} (a setting: the law names no days) {agency} has noted no request to the police. Find out whether there should be one (identity: {identity})."],
  term_miscalculated: ["Term of correction miscalculated",
    "The term of correction ({what}) of defendant no. {defendant} of {court}, case {case_no}, does not agree with the judgment or the law ({agency}, identity: {identity})."],
  dpr_off_supervision: ["Deprived of political rights, listed in name only",
    "A person deprived of political rights, listed by {agency} ({list_no}): counted from {from_day}, there should have been {what} by {due} (by the table of duties); done on: {done}. Find out whether they are out of supervision, or listed in name only (identity: {identity})."],
  agency_pattern: ["The same agency, the same thing",
    "{agency}, {rule}: {times} within a year ({grounds}), of {events} matters of that kind. Check whether a delivery of data is missing, and consider a procuratorial suggestion."],
  opinion_unanswered: ["Opinion unanswered",
    "{procuratorate} addressed an opinion ({kind}, {corrective_no}) to {agency} on {issued}; a written answer was due by {due} ({counted}); answered on: {done}. First find out whether another department noted the answer."],
  oral_opinion_not_mended: ["Oral opinion not heeded within seven days",
    "{agency} told {told} by word of mouth on {issued} ({corrective_no}); the seven days ended on {due}; mended on: {done}; no opinion in writing has been seen. Find out whether it should be put in writing."],
  recurrence_after_correction: ["Again after it was mended",
    "On the opinion of {procuratorate} ({corrective_no}, {rule}) {agency} answered on {rectified} that it mended its ways; of {day} there is a clue of the same kind again, to be verified."],
  ruling_overdue: ["Ruling on revocation or recall overdue",
    "{proposer} proposed {kind} ({proposal_no}), which {agency} received on {received}; it had to rule or decide by {due}; done on: {done} (identity: {identity})."],
  arrest_decision_overdue: ["Arrest decision, or detention after it, overdue",
    "{proposer} proposed arrest ({proposal_no}); counted from {from_day}, the {stage} was due by {due}; done on: {done} (identity: {identity})."],
  revoked_not_in_custody: ["Revoked, but not in custody",
    "{kind} ({organ}, {no}) was decided or took effect on {revoked}; by {due} (by the table of duties) {agency} should have delivered the person; in custody on: {done}. Find out whether they are on the run, ill, or searched for (identity: {identity})."],
  handover_overdue: ["Handover of a person serving outside overdue",
    "The decision on defendant no. {defendant} of {court}, case {case_no}, to serve outside was received on {received}; whoever held the person had to hand them over to the correction agency by {due}; registered on: {done}. Ask {agency} (identity: {identity})."],
  medical_recheck_overdue: ["Medical examination overdue",
    "A person serving outside ({corr_no}, {agency}): counted from {examined}, another examination was due by {due} (three months, or the interval noted with the last one; a rest day moves it on); handed in on: {done}. Find out whether it is for medical treatment, and whether a longer interval was approved (identity: {identity})."],
  place_change_gap: ["Gap in a change of the place of execution",
    "{decider} decided on a change of the place of execution ({change_no}); counted from {from_day}, {stage} was due by {due}; done on: {done}. Ask {agency} (identity: {identity})."],
  end_before_term: ["Released from correction too early",
    "{agency} released a person from correction ({corr_no}) on {ended}; the term runs to {due}, so {days_early} days too early. Find out whether it was commuted, or there was a pardon (identity: {identity})."],
  end_after_term: ["Released from correction too late",
    "The term of a person in correction ({corr_no}) with {agency} ran to {last_day}; release was due by {due} (a setting: the law names no days); released on: {done} (identity: {identity})."],
  monitor_over_limit: ["Electronic monitoring over its limit, or without ground",
    "{agency} uses electronic monitoring on a person in correction ({sanction_no}, from {from_day}): {what} (last day: {limit}); taken off on: {done} (identity: {identity})."],
  leave_overrun: ["Leave overrun, or over the approver's powers",
    "Leave approved by {agency} ({leave_no}, {from_day} to {to_day}): {what}; to be back by: {limit} (an article that is not verified); back on: {done} (identity: {identity})."],
  registered_but_in_custody: ["On the register, but in custody",
    "A person on the register of {agency} ({corr_no}) has been in custody since {since}; check the status (identity: {identity})."],
  registered_but_dead: ["On the register, but dead",
    "A person on the register of {agency} ({corr_no}) is reported to have died on {died}; check the status (identity: {identity})."],
  dpr_term_wrong: ["Term of deprivation miscalculated",
    "The list of {agency} ({list_no}) has the deprivation of political rights end on {listed_end}; by the release from {prison} ({release_no}) it ends on {right}, unless a ruling commuted it (identity: {identity})."],
  dpr_expiry_notice_missing: ["End of deprivation not told in writing",
    "The deprivation of political rights of a person listed by {agency} ({list_no}) ended on {ends}; the person, their unit and the local body had to be told in writing, and were not by {due} (a setting: the law names no days); told on: {done} (identity: {identity})."],
  dpr_sole_docs_late: ["Papers of a sole deprivation late",
    "The judgment on defendant no. {defendant} of {agency}, case {case_no}, to deprivation of political rights alone took effect on {effective} ({dated}); {recipient} had to have the papers by {due}; the papers, or the day they came: {done} (identity: {identity})."],
  recidivist_probation: ["Probation for a recidivist",
    "Defendant no. {defendant} of {agency}, case {case_no}, finished a term of imprisonment on {served} (case: {earlier}), committed another crime on {committed} and got probation for it. Within the five years: {within}. Find out whether this is recidivism, or was negligent, or a minor's (identity: {identity})."],
  identity_broken: ["Identity number mistaken",
    "A record sent by {agency} ({title}, {no}) has an identity number that fails its check: {said}. Check it."],
  name_conflict: ["One identity number, two names",
    "The identity number of a person on the register of {agency} ({corr_no}) has another name elsewhere: a former name, or a slip? Check it."],
  duplicate_row: ["One matter registered twice",
    "A record sent by {agency} ({title}, {no}) seems to be about the same matter as another one ({other}). Check them."],
  impossible_date: ["Dates that contradict each other",
    "The dates of a record sent by {agency} ({title}, {no}) cannot be: {what}. Check them."],
  case_unmatched: ["Case number without a judgment",
    "The case number of a person on the register of {agency} ({corr_no}) is that of no sentence to correction sent by {court}. Check the number, or the category."],
};

// Columns of clues. Records have their Chinese names from the server.
const COLUMNS = {
  decision_no: ["决定书文号", "Decision number"], recipient: ["应收机关", "Recipient"], decided: ["决定日期", "Decided on"],
  due_workdays: ["按工作日计的期限", "Due in working days"], identity: ["身份认定", "Identity"], came: ["送达日期", "Arrived on"],
  days_late: ["逾期天数", "Days late"], measure_no: ["强制措施文书号", "Measure number"], court: ["法院", "Court"], case_no: ["案号", "Case number"],
  defendant: ["被告人序号", "Defendant no."], doc_kind: ["文书种类", "Kind of paper"], effective: ["生效日期", "In force from"],
  dated: ["起算日来源", "Source of that day"], from_day: ["起算日期", "Counted from"], begins: ["起算日期", "Counted from"],
  reported: ["报到日期", "Reported on"], measure: ["可能的处理", "Possible measure"], organ: ["作出机关", "Decided by"], kind: ["种类", "Kind"],
  crime: ["罪名", "Crime"], committed: ["犯罪日期", "Committed on"], prison: ["监狱", "Prison"], release_no: ["释放编号", "Release number"],
  released: ["释放日期", "Released on"], ends: ["剥权期满日期", "Deprivation ends"], listed: ["列管日期", "Listed on"],
  register: ["登记机关", "Register of"], corr_no: ["对象编号", "Correction number"], silent_from: ["未见联系或者报到自", "Not heard of since"],
  source: ["记录机关", "Recorded by"], stay_no: ["记录编号", "Record number"], place: ["所在县区", "Place"], place_name: ["所在地名称", "Name of the place"], day: ["日期", "Day"],
  state: ["情况", "State"], category: ["矫正类别", "Category"], act: ["应当", "What was due"], counted: ["期限来源", "Source of the last day"],
  limit: ["期限届满日", "Last day"], earlier: ["前案", "Earlier case"], within: ["是否在五年以内", "Within the five years"], received: ["收到日期", "Received on"], told_on: ["获知日期", "Told on"], ended_on: ["解除或者终止日期", "Ended on"],
  what: ["事项", "Matter"], no: ["编号", "Number"], second: ["第二次警告日期", "Second warning"], breach: ["再次违规日期", "Breach on"],
  month_over: ["满一个月之日", "Month over on"], sanction_no: ["文书号", "Number"], warned: ["警告日期", "Warned on"], finding: ["认定", "Finding"],
  list_no: ["列管编号", "List number"], done: ["办理日期", "Done on"], rule: ["规则", "Rule"],
  about: ["问题", "About"], grounds: ["依据", "Grounds"], times: ["件数", "Times"], events: ["同类事项数", "Matters of that kind"],
  procuratorate: ["提出机关", "Procuratorate"], corrective_no: ["文号", "Number of the opinion"], issued: ["提出日期", "Issued on"],
  told: ["被纠正机关", "Told"], rectified: ["整改日期", "Mended on"], clue_key: ["同类情形", "The same again"],
  proposer: ["提请机关", "Proposed by"], proposal_no: ["提请编号", "Proposal number"],
  stage: ["环节", "Step"], nth: ["序号", "No. within it"], revoked: ["撤销或者收监日期", "Revoked on"],
  examined: ["上次复查", "Examined on"], decider: ["决定机关", "Decided by"],
  change_no: ["变更编号", "Number of the change"], ended: ["解除日期", "Released on"], days_early: ["提前天数", "Days early"],
  last_day: ["期满日期", "Last day of the term"], leave_no: ["请假编号", "Leave number"],
  to_day: ["截止日期", "Until"], since: ["羁押起始", "In custody since"], died: ["死亡日期", "Died on"], listed_end: ["列管所载期满日期", "End on the list"], right: ["应至日期", "Should end on"],
  served: ["刑罚执行完毕", "Term served on"], relation: ["数据表", "Table"], title: ["记录", "Record"], said: ["认定情况", "Taken for"],
  other: ["另一条", "The other one"],
};

// Columns of records whose name alone says too little in English.
const ENGLISH = {
  id_no: "Identity number", corr_no: "Correction number", re_no: "About document", re_kind: "About", exec_county: "Place of execution",
  dpr_years: "Deprivation, years", dpr_months: "Deprivation, months", dpr_start: "Deprivation from", dpr_end: "Deprivation until",
  act: "Act", ack_date: "Return receipt", term_start: "Correction from", term_end: "Correction until", days: "Days of detention",
  amount: "Fine (yuan)", fine: "Fine (yuan)", channel: "Sent by", complete: "Complete set", instance: "Instance",
};

const RELATIONS = {
  admin_penalty: "Administrative penalty", coercive_measure: "Coercive measure", judgment: "Judgment", judgment_person: "Person in a judgment",
  correction_person: "Person in correction", dpr_release: "Release with deprivation of political rights", document_receipt: "Paper received",
  dpr_police_list: "Police list of persons deprived of political rights",
  stay: "Stay or journey elsewhere",
  sanction: "Reward or sanction", proposal: "Proposal", place_change: "Change of place", leave: "Leave", contact: "Report, visit or location", medical_report: "Medical examination",
  custody: "Custody", death: "Death", corrective: "Opinion of a procuratorate",
};

// What stands in clues, in English.
const VALUES = {
  号码相符: "number and name agree", "号码有误，按同名且只差一处的号码更正": "number mistaken, mended by the same name and one difference",
  人工认定: "decided by a person", "号码有误，仅姓名和出生日期相符": "number mistaken, only name and birth agree",
  据报送数据: "as the records say", "生效日未报送，按送达日和上诉期推算": "not reported, derived from service and the time for appeal",
  训诫: "admonition", 警告: "warning", 提请撤销或者收监: "proposal to revoke or to imprison",
  判决书: "judgment", 裁定书: "ruling", 决定书: "decision", 执行通知书: "notice of execution",
  行政拘留: "administrative detention", 司法拘留: "judicial detention", 强制隔离戒毒: "compulsory drug rehabilitation",
  至今未见通知或者文书: "neither a notice nor a paper has been seen", 逾期才见通知或者文书: "the first notice or paper came late",
  起算: "first day", 届满: "last day", 幅度: "length of probation", 奖惩决定: "sanction or reward", 三十日以上请假: "leave of more than thirty days",
  变更执行地决定: "decision on a change of place", "提请撤销、收监建议": "proposal to revoke or recall", 住宿: "stay", 出行: "journey", 定位: "location",
  未见记录: "no record of it", "期满仍在羁押，请核实是否因其他案件": "still in custody on the last day; perhaps for another matter",
  超过期限: "over the limit", 未载明五种法定情形之一: "none of the five grounds of the law is on file", 期满未见返回销假记录: "no record of the return by the last day",
  超过司法所可以批准的七日: "longer than the seven days a local office may approve",
  超过县级机构可以批准的三十日: "longer than the thirty days the county may approve", 两地至今都在册: "in both registers so far",
  档案移交: "sending the file", 接收登记: "taking the person in", 移出登记: "ending the old row", 报告或者走访: "a report or a visit",
  宣布: "the announcement", 逮捕决定: "decision on the arrest", "撤销、收监的裁定决定": "ruling on revocation or recall",
  撤销缓刑: "revocation of probation", 撤销假释: "revocation of parole", 收监执行: "recall to custody", 判决: "judgment", 线索: "clues",
  纠正意见: "opinions", 纠正违法通知书: "notice to correct a violation", 检察建议: "procuratorial suggestion", 未计: "(not counted)",
  不能认定是谁: "whose it is cannot be told", 社区矫正对象: "person in correction", 裁判人员: "person in a judgment",
  行政处罚: "administrative penalty", 强制措施: "coercive measure", 剥权释放: "release with deprivation", 剥权列管: "police list", 羁押: "custody",
  裁判: "judgment", 文书接收: "paper received", 请假外出: "leave", 提请: "proposal", 变更执行地: "change of place", 名称未录入的县区: "a county without a name here",
  至今未见: "not seen so far", "收文登记有同一文号而发出机关存疑的文书，请先核对": "one of that number is in the ledger, its sender in doubt; check it first",
  "登记载明已收到文书，收文登记未见该文书": "the register says that papers came, the ledger does not have this one",
  "据报送数据，转送期限法律未定，按参数计": "as the records say; a setting, for the law names no days to forward",
  报到: "report", 由羁押或者执行强制措施的机关移送: "be handed over by whoever held the person",
  文书载明的日期: "the day named in it", "文书载明的日期，且不早于复查后七日": "the day named in it, and not before the seventh day after the review",
  自收到之日起二个月: "two months from its receipt", "收到日期未报送，自提出之日起二个月": "two months from the day it was issued, its receipt not being reported",
  释放前一个月: "a month before the release", 释放当日: "the day of release", 案号未报送: "number not reported", 取保候审: "release on bail", 监视居住: "residential surveillance", 拘留: "detention", 逮捕: "arrest",
  管制: "public control", 缓刑: "probation", 假释: "parole", 暂予监外执行: "serving outside prison",
};

// What a paper is about: a code in the records.
const ABOUT = { case: ["案件", "case"], penalty: ["行政处罚", "penalty"], measure: ["强制措施", "coercive measure"], release: ["释放", "release"], correction: ["社区矫正", "correction"] };

const inWords = name => {
  const words = name.replace(/_no$/, "_number").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const ruleName = (rule, title) => (language() === "zh" ? title || inWords(rule) : RULES[rule]?.[0] || inWords(rule));

export const relationName = (name, title) => (language() === "zh" ? title || inWords(name) : RELATIONS[name] || inWords(name));

// Of a record's column with its title, or of a clue's.
export const columnName = (column, title) => {
  if (language() === "zh" && title) return title;
  return (title && ENGLISH[column]) || (COLUMNS[column] && either(COLUMNS[column])) || (language() === "en" && ENGLISH[column]) || inWords(column);
};

export const valueName = value => (language() === "en" && VALUES[value]) || value;

// A cell of a record stands as it was sent, but for codes.
export const cellName = (column, cell) => (column === "re_kind" && ABOUT[cell] ? either(ABOUT[cell]) : cell);

// The reason in English, if this page can say it; otherwise nothing. `shown` says how a value stands in the sentence.
export function reasonInEnglish(clue, shown) {
  const text = RULES[clue.rule]?.[1];
  if (language() === "zh" || !text) return null;
  const wanted = [...text.matchAll(/\{(\w+)\}/g)].map(found => clue.columns[found[1]]);
  if (wanted.some(value => value === null || value === undefined)) return null;
  return text.replace(/\{(\w+)\}/g, (_, column) => shown(clue.columns[column]));
}
