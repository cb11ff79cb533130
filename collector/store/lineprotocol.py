"""InfluxDB line protocol, written fast: one cached template per measurement and field set.

    heat_pump,building=tower-a,device=hp-1,site=office,system=plant power_kw=41.2,…,flags="" 1700…

Pure: admitted samples in, text out. Numbers are always float (no `i` suffix), so that a field
keeps its type for ever; `flags` and `run` are always written, so that a slot that is written
again does not keep its old flags. Precision is milliseconds.

The protocol cannot carry everything in a tag: a backslash escapes what follows it, itself
excepted, and a line end ends the point. `tag_text` says what is stored instead; queries must ask
for the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from collector.model import Device
from collector.store import Run, Touched
from collector.store.admission import Admitted

RUN_MEASUREMENT = "collector_run"
MARK_MEASUREMENT = "late_mark"
_REMEMBERED = 4096
_TAG_TEXT = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\\": "/"})
_KEY = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ "})
_STRING = str.maketrans({'"': '\\"', "\\": "\\\\"})


def tag_text(value: str) -> str:
    r"""Return what the store keeps of a tag: line ends and tabs become spaces, \ becomes /.

    >>> tag_text("tower A\\north")
    'tower A/north'
    """
    return value.translate(_TAG_TEXT)


def escaped_key(value: str) -> str:
    r"""A tag key or tag value as it stands in a line.

    >>> escaped_key("a b,c=d")
    'a\\ b\\,c\\=d'
    """
    return tag_text(value).translate(_KEY)


def escaped_measurement(value: str) -> str:
    """A measurement as it stands in a line."""
    return tag_text(value).translate(_MEASUREMENT)


def escaped_string(value: str) -> str:
    """The inside of a string field, without the quotes around it."""
    return value.translate(_STRING) if value else value


class Encoder:
    """Writes the lines of one site."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._keys: dict[str, str] = {}
        self._templates: dict[tuple[str, tuple[str, ...]], str] = {}

    def lines(self, samples: Sequence[Admitted]) -> list[str]:
        """One line per sample, without the line end."""
        keys, templates = self._keys, self._templates
        lines = []
        for _, device, sample, values, flags in samples:
            key = keys.get(device.id) or self._remember_key(device)
            fields = (device.id, tuple(values))
            template = templates.get(fields) or self._remember_template(key, fields)
            # orjson writes the shortest digits of a float several times faster than repr
            numbers = orjson.dumps([*values.values(), sample.seq, sample.lag])
            words = numbers.decode()[1:-1].split(",")
            lines.append(template % (*words, sample.run, escaped_string(flags), sample.at))
        return lines

    def run_line(self, run: Run) -> str:
        """Return the line of a collector's run, at the moment the run started."""
        tags = _tags({"device": run.device, "site": self._site})
        fields = [f'run="{escaped_string(run.run)}"']
        fields.append(f'previous_run="{escaped_string(run.previous_run or "")}"')
        if run.previous_seq is not None:
            fields.append(f"previous_seq={float(run.previous_seq)!r}")
        return f"{RUN_MEASUREMENT}{tags} {','.join(fields)} {run.started}"

    def mark_line(self, mark: Touched) -> str:
        """Return the line of a mark, without time: that is when the server takes it."""
        tags = _tags({"device": mark.device, "site": self._site})
        fields = {"first": mark.first, "last": mark.last, "noted": mark.noted}
        values = ",".join(f"{name}={float(value)!r}" for name, value in fields.items())
        return f"{MARK_MEASUREMENT}{tags} {values}"

    def _remember_key(self, device: Device) -> str:
        tags = {
            "building": device.building,
            "device": device.id,
            "site": self._site,
            "system": device.system,
        }
        self._keys[device.id] = key = escaped_measurement(device.kind) + _tags(tags)
        return key

    def _remember_template(self, key: str, fields: tuple[str, tuple[str, ...]]) -> str:
        if len(self._templates) >= _REMEMBERED:
            self._templates.clear()
        # admitted field names and runs have no character that needs escaping
        columns = "".join(f"{name}=%s," for name in (*fields[1], "seq", "lag"))
        template = f'{key.replace("%", "%%")} {columns}run="%s",flags="%s" %d'
        self._templates[fields] = template
        return template


def _tags(tags: dict[str, str]) -> str:
    """Tags in the order that servers sort them into; an empty tag cannot be written."""
    return "".join(f",{name}={escaped_key(value)}" for name, value in sorted(tags.items()) if value)
