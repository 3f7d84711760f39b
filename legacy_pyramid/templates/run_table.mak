<%!
    from domain.formatting import run_row
%>
<%def name="panel(toggle, heading, runs, open_by_default)">
      <details class="panel" id="${toggle}" data-cookie="${toggle}_state" data-seconds="315360000"
% if layout.is_open(toggle, open_by_default):
        open
% endif
      >
        <summary><h2>${heading} <span class="count">${len(runs)}</span></h2></summary>
        ${run_table(runs)}
      </details>
</%def>
<%def name="run_table(runs)">
        <div class="scroll">
          <table class="runs">
            <thead>
              <tr>
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
${row(run_row(run))}
% endfor
% if not runs:
              <tr class="none"><td colspan="9">No tests</td></tr>
% endif
            </tbody>
          </table>
        </div>
</%def>
<%def name="row(run)">
              <tr data-run="${run['run_id']}">
                <td class="date">${run["date"]}</td>
                <td class="user" title="${run['username']}">${run["user"]}</td>
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
