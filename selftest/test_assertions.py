"""What a plain assert of a test shows when it fails, with the settings of pytest that the suite is run with."""

import subprocess
import sys
from pathlib import Path

SETTINGS = Path(__file__).parents[1] / "pytest.ini"
FAILING = """
def test_settings() -> None:
    seen = {f"a setting, number {number}": "as it is seen" for number in range(30)}
    expected = seen | {"a setting, number 29": "as it is expected"}
    assert seen == expected
"""


def test_all_of_a_difference_is_shown_and_its_first_line_is_short(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING)
    command = [sys.executable, "-m", "pytest", f"--config-file={SETTINGS}", f"--rootdir={tmp_path}", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout
    first = next(line for line in said.splitlines() if line.startswith("E "))
    assert len(first) < 120
    assert "as it is expected" in said
    assert "Use -v" not in said
    assert "truncated" not in said
