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
      ${tables.panel("pending", "Pending approval", runs["pending"], False)}
      ${tables.panel("paused", "Paused", runs["paused"], False)}
      ${tables.panel("failed", "Failed", failed_runs, False)}
      ${tables.panel("active", "Active", runs["active"], True)}
% endif
      ${finished.block()}
