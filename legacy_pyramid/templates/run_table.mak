<%!
    from domain.formatting import run_row
%>
<%def name="queue()">
      ${panel("pending", "Pending approval", runs["pending"], False, True)}
      ${panel("paused", "Paused", runs["paused"], False, True)}
      ${panel("failed", "Failed", failed_runs, False, True)}
      ${panel("active", "Active", runs["active"], True, False)}
</%def>
<%def name="panel(toggle, heading, runs, open_by_default, deletable)">
      <details class="panel" id="${toggle}" data-cookie="${toggle_prefix}${toggle}_state" data-seconds="315360000"
% if layout.is_open(f"{toggle_prefix}{toggle}", open_by_default):
        open
% endif
      >
        <summary><h2>${heading} <span class="count">${len(runs)}</span></h2></summary>
        ${run_table(runs, deletable)}
      </details>
</%def>
<%def name="run_table(runs, deletable=False)">
        <div class="scroll">
          <table class="runs">
            <thead>
              <tr>
% if deletable:
                <th><span class="unseen">Delete</span></th>
% endif
                <th>Date</th>
                <th>User</th>
                <th>Branch</th>
                <th>Diff</th>
                <th>Result</th>
                <th>Limit</th>
                <th>Threads</th>
                <th>Cores</th>
                <th>Info</th>
              </tr>
            </thead>
            <tbody>
% for run in runs:
${row(run_row(run), deletable)}
% endfor
% if not runs:
              <tr class="none"><td colspan="${10 if deletable else 9}">No tests</td></tr>
% endif
            </tbody>
          </table>
        </div>
</%def>
<%def name="row(run, deletable)">
              <tr data-run="${run['run_id']}">
% if deletable:
                <td class="delete">
                  <form action="/tests/delete" method="POST" data-confirm="Delete the test ${run['new_tag']}?">
                    <input type="hidden" name="csrf_token" value="${layout.csrf_token}">
                    <input type="hidden" name="run-id" value="${run['run_id']}">
                    <button type="submit" class="danger" title="Delete this test" aria-label="Delete ${run['new_tag']}">×</button>
                  </form>
                </td>
% endif
                <td class="date">${run["date"]}</td>
                <td class="user"><a href="/tests/user/${run['username']}" title="${run['username']}">${run["user"]}</a></td>
                <td class="branch"><a href="/tests/view/${run['run_id']}">${run["new_tag"]}</a></td>
                <td class="diff"><a href="${run['diff_url']}" rel="noopener">diff</a></td>
                <td>${result(run["result"])}</td>
                <td class="limit"><a href="/tests/view/${run['run_id']}">${run["details"]}</a>\
% if run["is_sprt"]:
 @ ${run["tc"]}\
% endif
</td>
                <td class="threads">${run["threads"]}</td>
                <td class="cores">\
% if not run["finished"]:
${run["cores"]} (${run["workers"]})\
% endif
</td>
                <td class="info">${run["info"]}</td>
              </tr>
</%def>
<%def name="result(box)">
                  <div class="result ${box["color"]}">
% for line in box["lines"]:
                    <div>${line}</div>
% endfor
                  </div>
</%def>
