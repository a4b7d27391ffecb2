"""The bot that Bolt's documentation and the ticket API's vendor teach, for comparison; with settings as ours has them.

It acknowledges, reads the ticket with a shared client, repeats after 1, 2 and 4 seconds what was answered 429 or 503,
and answers with respond().
"""

import asyncio
import os
from typing import Any

import httpx
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

BACK_OFF_S = (1, 2, 4)
_BUSY = {429, 503}
_OK = 200

app = AsyncApp(
    client=AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=f"{os.environ['SLACK_API_URL']}/"),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
)
client = httpx.AsyncClient(
    base_url=os.environ["SWEEPPEA_BASE_URL"],
    headers={"Authorization": f"Bearer {os.environ['SWEEPPEA_API_KEY']}"},
    timeout=10,
)


async def fetch(case_number: str) -> httpx.Response:
    for delay_s in BACK_OFF_S:
        response = await client.post("/tickets/fetchSingleTicket", json={"caseNumber": case_number})
        if response.status_code not in _BUSY:
            return response
        await asyncio.sleep(delay_s)
    return await client.post("/tickets/fetchSingleTicket", json={"caseNumber": case_number})


@app.command("/ticket")
async def ticket(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond) -> None:
    await ack()
    response = await fetch(command["text"])
    if response.status_code != _OK:
        await respond(f"The ticket could not be read: HTTP {response.status_code}")
        return
    found = response.json()["Data"]
    line = f"*{found['CaseNumber']}*: {found['Subject']}"
    await respond(text=line, blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": line}}])


if __name__ == "__main__":
    app.start(port=int(os.environ["PORT"]), host=os.environ["HOST"])
