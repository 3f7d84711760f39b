<%inherit file="base.mak"/>
<%namespace name="tables" file="run_table.mak"/>
<%namespace name="finished" file="finished.mak"/>
<%def name="title()">Tests${f" - page {page_idx + 1}" if page_idx else ""}</%def>
% if page_idx == 0:
      <h1>Stockfish testing queue</h1>
      <dl class="figures">
        <div><dt>Cores</dt><dd id="cores">${cores}</dd></div>
        <div><dt>Million nodes/s</dt><dd id="nps">${f"{nps / 1000000:.2f}"}</dd></div>
        <div><dt>Games/minute</dt><dd id="games-per-minute">${games_per_minute}</dd></div>
        <div><dt>Hours remaining</dt><dd id="pending-hours">${pending_hours}</dd></div>
        <div><dt>Machines</dt><dd id="machines-count">${machines_count}</dd></div>
      </dl>
      <details class="panel" id="machines" data-cookie="machines_state" data-seconds="3600"
% if machines_shown:
        open
% endif
      >
        <summary><h2>Machines <span class="count">${machines_count}</span></h2></summary>
        <div data-fragment="/tests/machines" aria-live="polite"></div>
      </details>
      ${tables.queue()}
% endif
      ${finished.panel()}
