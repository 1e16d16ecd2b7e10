from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.tables import write


@pytest.fixture
def page() -> str:
    return "\n".join(
        [
            "行业快讯网",
            "首页 快讯 观察",
            "  • 物流",
            "版权声明",
            "Copyright © 行业快讯网 粤ICP备00000000号",
            "    1. 平台修订发货规则",
            "      2024-03-05 14:05:00",
            "      自3月12日起,揽收时限改为24小时。",
            "    2. 双人成行专场招募商家",
            "      2024-03-06 09:00:00",
            "    3. 直播间新增三类违禁词",
            "      2024-03-07 10:00:00",
            "      平台公布了三类违禁词,",
            "      主播说出口即扣两分。",
            "    • ‹‹",
            "    • 1",
            "    • 2",
            "    • ››",
        ]
    )


@pytest.fixture
def write_table(tmp_path: Path) -> Callable[..., Path]:
    """Writes a header and rows of text as a file of the format that its suffix names."""
    return lambda suffix, header, rows: write(tmp_path / f"table{suffix}", header, rows)
