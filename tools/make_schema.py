"""Write resources/schema.json, the published form of network.json. Run it after changing a setting."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from resnet_sim.files.published import schema_text  # noqa: E402 - the checkout this file lies in comes first

if __name__ == "__main__":
    target = ROOT / "resources" / "schema.json"
    target.write_text(schema_text(), encoding="utf-8")
    print(target)
