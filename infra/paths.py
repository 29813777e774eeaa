"""Where things are in the repository."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / ".build"
LOCAL: Final = ROOT / ".local"
STAGES: Final = ROOT / "infra" / "stages"
TEMPLATES: Final = ROOT / "infra" / "templates"
