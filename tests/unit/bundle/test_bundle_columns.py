from dsar.bundle.columns import COLUMNS_MAX, MORE, Columns


def learnt(*records):
    columns = Columns()
    columns.learn(records)
    return columns


def test_columns_are_the_union_of_keys_in_the_order_they_come():
    columns = learnt({"b": 1, "a": 2}, {"a": 3, "c": 4})
    assert columns.head() == "b,a,c\r\n"
    assert columns.lines([{"b": 1, "a": 2}, {"a": 3, "c": 4}]) == ["1,2,\r\n", ",3,4\r\n"]


def test_a_column_name_is_escaped_like_a_cell():
    assert learnt({"=1+1": 1, "a,b": 2}).head() == '\'=1+1,"a,b"\r\n'


def test_records_without_any_field_are_still_rows():
    columns = learnt({}, {})
    assert columns.lines([{}, {}]) == ['""\r\n', '""\r\n']


def test_keys_beyond_the_limit_stand_as_json_in_one_column():
    wide = {f"k{n}": n for n in range(COLUMNS_MAX + 2)}
    columns = learnt(wide)
    assert columns.count == COLUMNS_MAX + 1
    assert columns.head().endswith(f",{MORE}\r\n")
    (line,) = columns.lines([wide])
    assert line.endswith(
        f'"{{""k{COLUMNS_MAX}"":{COLUMNS_MAX},""k{COLUMNS_MAX + 1}"":{COLUMNS_MAX + 1}}}"\r\n'
    )
