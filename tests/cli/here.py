"""Commands run in this process, which saves the start of one."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from pillarbox.cli.main import app


class CommandLine:
    """Runs commands of `pillarbox` on one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def run(self, *words: str, stdin: str | None = None) -> Result:
        """Run a command to its end, however that is."""
        return CliRunner().invoke(app, [*words, "--data", str(self.data_dir)], input=stdin)

    def done(self, *words: str, stdin: str | None = None) -> str:
        """What a command that does well prints."""
        ended = self.run(*words, stdin=stdin)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def mistake(self, *words: str, stdin: str | None = None) -> str:
        """The one line that a command ends with if it was asked wrongly."""
        ended = self.run(*words, stdin=stdin)
        assert (ended.exit_code, ended.stdout) == (2, ""), ended.output
        (line,) = ended.stderr.splitlines()
        return line
