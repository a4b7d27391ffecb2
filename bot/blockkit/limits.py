"""Slack's limits.

Slack refuses a whole message for one block that is wrong. A number is the documented one unless its comment gives
another: how Slack counts characters is undocumented, so long texts keep a margin. Lengths are in UTF-16 code units.
"""

FALLBACK_TEXT = 3_900  # 4000: chat.update refuses more
BLOCKS_PER_MESSAGE = 50
BLOCKS_PER_VIEW = 100
BLOCKS_JSON = 12_000  # undocumented: `msg_blocks_too_long` was seen from some 13,200 characters on
VIEW_JSON = 240_000  # 250 KB
SECTION_TEXT = 2_900  # 3000
SECTION_FIELDS = 10
FIELD_TEXT = 1_900  # 2000
HEADER = 140  # 150
CONTEXT_ELEMENTS = 10
CONTEXT_TEXT = 2_900  # 3000, as every text object
ACTIONS_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
ACCESSIBILITY_LABEL = 75
URL = 3_000
ID = 255
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
OPTION_TEXT = 75
OPTION_VALUE = 150
OVERFLOW_OPTIONS = 5
SELECT_OPTIONS = 100
CHOICES = 10  # radio buttons or checkboxes in a group
PLACEHOLDER = 150
IMAGE_TEXT = 1_900  # 2000, of alt_text and title
INPUT_TEXT = 2_000  # of label and hint
VIEW_TITLE = 24
PRIVATE_METADATA = 3_000
RICH_TEXT_RUN = 2_900  # ours: nothing is documented but that a text object has at most 3000
RICH_TEXT_JSON = 8_000  # ours: leaves the other blocks of a message a third of BLOCKS_JSON
LIST_INDENT = 8
