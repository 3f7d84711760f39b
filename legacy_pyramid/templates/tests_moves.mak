<%def name="links()">
      <nav class="actions" aria-label="This test">
        <a class="button" href="/tests/run?id=${run['_id']}">Reschedule</a>
        <a class="button" href="/tests/stats/${run['_id']}">Statistics</a>
% if "sprt" in run["args"]:
        <a class="button" href="/tests/live_elo/${run['_id']}">Live Elo</a>
% endif
        <a class="button" href="/actions?run_id=${run['_id']}">Events</a>
        <a class="button" href="/api/run_pgns/${run['_id']}.pgn.gz">Games</a>
        <button type="button" id="follow" aria-pressed="${'true' if follow else 'false'}" title="Keep this page up to date">Follow</button>
% if approver and not same_user and not run["approved"]:
        ${move("approve", "Approve")}
% endif
% if can_modify_run and not run["finished"]:
        ${move("stop", "Stop", "Stop this test?")}
% endif
% if can_modify_run and state == "finished":
        ${move("purge", "Purge", "Take the games of bad workers out of this test?")}
% endif
% if can_modify_run and state in ("pending", "paused", "failed"):
        ${move("delete", "Delete", "Delete this test?")}
% endif
      </nav>
</%def>
<%def name="move(name, label, question='')">
        <form id="${name}" action="/tests/${name}" method="POST" data-confirm="${question}">
          <input type="hidden" name="run-id" value="${run['_id']}">
          <button type="submit" class="${'danger' if name in ('stop', 'delete') else 'plain'}">${label}</button>
        </form>
</%def>
<%def name="forms()">
% if can_modify_run:
      <details class="panel" id="modify">
        <summary><h2>Modify</h2></summary>
        <form action="/tests/modify" method="POST" class="fields">
          <input type="hidden" name="run" value="${run['_id']}">
          <label>Games <input name="num-games" type="number" min="0" step="2" value="${run['args']['num_games']}" required></label>
          <label>Priority <input name="priority" type="number" value="${run['args']['priority']}" required></label>
          <label>Throughput <input name="throughput" type="number" value="${run['args']['throughput']}" required></label>
          <label class="choice"><input name="auto_purge" type="checkbox" value="1"
% if run["args"]["auto_purge"]:
            checked
% endif
          > Purge bad workers at the end</label>
% if same_user:
          <label class="wide">Info <textarea name="info" rows="4">${run["args"]["info"]}</textarea></label>
% endif
          <button type="submit">Modify</button>
        </form>
      </details>
% endif
</%def>
