"""Options that several sub-commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SiteOption = Annotated[Path, typer.Option(help="The site file.")]
DataOption = Annotated[Path, typer.Option(help="Folder for outbox, embedded store, refused files.")]
SecondsOption = Annotated[
    float | None, typer.Option(help="Stop by itself after so many seconds.", min=0)
]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Log every detail.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AuthorOption = Annotated[str, typer.Option(help="Who answers for it.")]
ReasonOption = Annotated[str, typer.Option(help="Why; this is what an auditor reads.")]
RevokedOption = Annotated[bool, typer.Option("--revoked", help="Also what was taken back.")]
