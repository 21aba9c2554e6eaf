#!/usr/bin/env python3
"""Writes calendar.csv, or checks that it says what two independent sets of the national notices say.

    pip install chinesecalendar==1.11.0
    npm install chinese-days@1.5.7
    make_calendar.py         node_modules/chinese-days/dist/chinese-days.json    # writes
    make_calendar.py --check node_modules/chinese-days/dist/chinese-days.json    # compares, exit 1 if anything differs

Region "cn" has every day. FIRST to LAST are days of published notices; after them come two provisional years, from weekdays only,
marked sure = 0, ending on a work day. A province has only the days on which it differs.
"""
import csv
import datetime
import json
import pathlib
import sys

import chinese_calendar

DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2007, 1, 1), datetime.date(2026, 12, 31)
PROVISIONAL_LAST = datetime.date(2028, 12, 29)
FILE = pathlib.Path(__file__).with_name("calendar.csv")
COLUMNS = ["region", "day", "rest", "sure", "source"]

# Notices beside the yearly one.
OTHER_NOTICES = {
    "国务院办公厅关于调整2019年劳动节假期安排的通知": ["2019-04-28", "2019-05-01", "2019-05-02", "2019-05-03", "2019-05-05"],
    "国务院办公厅关于延长2020年春节假期的通知": ["2020-01-31", "2020-02-01", "2020-02-02"],
    "国务院关于中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日调休放假的通知": ["2015-09-03", "2015-09-04", "2015-09-06"],
}

# Ningxia rests on 开斋节 and 古尔邦节 too. In 2022 开斋节 fell into 劳动节 and in 2023 on a Saturday: no day more. The text of the notices
# of 2019 to 2022 was read in reprints; days of other years are estimates from the pattern of those (two days, around the feast,
# moved off the weekend) and never carry an accusation. Before 2019 nothing is known here.
NINGXIA_NOTICE = "宁夏回族自治区人民政府办公厅关于{}年部分节假日安排的通知"
NINGXIA = ["2019-06-05", "2019-06-06", "2019-08-12", "2019-08-13", "2020-05-25", "2020-05-26", "2020-07-30", "2020-07-31",
           "2021-05-13", "2021-05-14", "2021-07-19", "2021-07-20", "2022-07-11", "2022-07-12"]
NINGXIA_ESTIMATE = "估计，未见通知"
NINGXIA_ESTIMATED = ["2023-06-28", "2023-06-29", "2024-04-10", "2024-04-11", "2024-06-17", "2024-06-18", "2025-03-31", "2025-04-01",
                     "2025-06-06", "2025-06-09", "2026-03-20", "2026-03-23", "2026-05-27", "2026-05-28", "2027-03-10", "2027-03-11",
                     "2027-05-17", "2027-05-18", "2028-02-28", "2028-02-29", "2028-05-04", "2028-05-05"]


def days(first, last):
    while first <= last:
        yield first
        first += DAY


def notice_of(day):
    """The notice that makes a day other than its weekday; a day of late December may belong to the next year's."""
    for title, others in OTHER_NOTICES.items():
        if day.isoformat() in others:
            return title
    year = day.year + (day.month == 12 and day.day >= 26)
    return f"国务院办公厅关于{year}年部分节假日安排的通知"


def national():
    for day in days(FIRST, LAST):
        rest = not chinese_calendar.is_workday(day)
        differs = rest != (day.weekday() >= 5)
        yield ["cn", day.isoformat(), str(int(rest)), "1", notice_of(day) if differs else ""]
    for day in days(LAST + DAY, PROVISIONAL_LAST):
        yield ["cn", day.isoformat(), str(int(day.weekday() >= 5)), "0", "尚无通知，仅按星期推定"]


def ningxia():
    known = [["64", day, "1", "1", NINGXIA_NOTICE.format(day[:4])] for day in NINGXIA]
    guessed = [["64", day, "1", "0", NINGXIA_ESTIMATE] for day in NINGXIA_ESTIMATED]
    return sorted(known + guessed)


def second_opinion(path):
    """Day to rest, by the JSON of chinese-days."""
    said = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    for day in days(FIRST, LAST):
        text = day.isoformat()
        rest = text in said["holidays"] or (day.weekday() >= 5 and text not in said["workdays"])
        yield text, str(int(rest))


def main():
    check = "--check" in sys.argv
    paths = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(paths) != 1:
        sys.exit(__doc__)
    rows = list(national()) + ningxia()
    first = {row[1]: row[2] for row in rows if row[0] == "cn" and row[3] == "1"}
    differ = [(day, rest) for day, rest in second_opinion(paths[0]) if first.get(day) != rest]
    if differ:
        sys.exit(f"the two sets differ on {len(differ)} days, first {differ[0]}")
    assert rows[len(rows) - len(ningxia()) - 1][2] == "0", "the national table ends on a work day"
    if not check:
        with open(FILE, "w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([COLUMNS] + rows)
        print(f"{len(rows)} days written")
        return
    with open(FILE, encoding="utf-8", newline="") as had:
        committed = list(csv.reader(had))
    if committed != [COLUMNS] + rows:
        sys.exit("calendar.csv is not what this script writes")
    print(f"{len(first)} days as both sets say, {len(rows)} days in all")


if __name__ == "__main__":
    main()
