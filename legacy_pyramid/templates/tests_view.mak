<%!
    from domain.formatting import date, diff_url, result_box, time_ago
%>
<%inherit file="base.mak"/>
<%namespace name="tables" file="run_table.mak"/>
<%namespace name="moves" file="tests_moves.mak"/>
<%def name="title()">${page_title}</%def>
<%def name="scripts()">
    <script src="${layout.static_url('js/one_test.js')}" defer></script>
</%def>
      <h1>${page_title}</h1>
      ${moves.links()}
% if warnings:
      <ul class="warnings" id="warnings">
% for warning in warnings:
        <li>${warning}</li>
% endfor
      </ul>
% endif
% if notes:
      <ul class="notes" id="notes">
% for note in notes:
        <li>${note}</li>
% endfor
      </ul>
% endif
      <div class="overview">
        <section class="card" id="state-card">
          <h2>State</h2>
          ${tables.result(result_box(run))}
          <table class="values" id="state">
            <tbody>
              <tr><th scope="row">State</th><td id="run-state">${state}</td></tr>
              <tr><th scope="row">Workers</th><td id="active-workers">${totals["active_workers"]}</td></tr>
              <tr><th scope="row">Cores</th><td id="active-cores">${totals["active_cores"]}</td></tr>
              <tr><th scope="row">Crashes</th><td id="crashes">${run["results"]["crashes"]}</td></tr>
              <tr><th scope="row">Time losses</th><td id="time-losses">${run["results"]["time_losses"]}</td></tr>
% if run["approver"]:
              <tr><th scope="row">Approved by</th><td id="approver">${run["approver"]}</td></tr>
% endif
              <tr><th scope="row">Started</th><td id="started">${date(run["start_time"])}</td></tr>
              <tr><th scope="row">Last update</th><td id="last-update">${time_ago(run["last_updated"], now)}</td></tr>
              <tr><th scope="row">Document size</th><td id="document-size">${document_size} bytes</td></tr>
              <tr><th scope="row">Diff</th><td><a href="${diff_url(run, use_3dot_diff)}" rel="noopener">Changes on GitHub</a></td></tr>
            </tbody>
          </table>
% if chi2["residual"]:
          <h2>Workers compared</h2>
          <table class="values" id="chi2">
            <tbody>
              <tr><th scope="row">chi²</th><td>${f"{chi2['chi2']:.2f}"}</td></tr>
              <tr><th scope="row">Degrees of freedom</th><td>${chi2["dof"]}</td></tr>
              <tr><th scope="row">p-value</th><td>${f"{100 * chi2['p']:.2f}"}%</td></tr>
            </tbody>
          </table>
% endif
        </section>
        <section class="card">
          <h2>Details</h2>
          <table class="values" id="details">
            <tbody>
% for name, value, url in run_args:
              <tr data-name="${name}">
                <th scope="row">${name}</th>
% if url:
                <td><a href="${url}" rel="noopener">${value}</a></td>
% else:
                <td>${value}</td>
% endif
              </tr>
% endfor
            </tbody>
          </table>
        </section>
      </div>
      ${moves.forms()}
% if spsa_data:
      <section class="card">
        <h2>SPSA - <span id="spsa-iter">${spsa_data["iter"]}</span> of ${spsa_data["num_iter"]} iterations</h2>
        <div class="scroll">
          <table id="spsa">
            <thead>
              <tr>
                <th>Parameter</th>
                <th class="number">Value</th>
                <th class="number">Start</th>
                <th class="number">Min</th>
                <th class="number">Max</th>
                <th class="number">C end</th>
                <th class="number">R end</th>
                <th>So far</th>
              </tr>
            </thead>
            <tbody>
% for param in spsa_data["params"]:
              <tr>
                <th scope="row">${param["name"]}</th>
                <td class="number theta">${f"{param['theta']:.2f}"}</td>
                <td class="number">${f"{param['start']:.2f}"}</td>
                <td class="number">${f"{param['min']:.2f}"}</td>
                <td class="number">${f"{param['max']:.2f}"}</td>
                <td class="number">${f"{param['c_end']:.2f}"}</td>
                <td class="number">${f"{param['r_end']:.4f}"}</td>
                <td class="theta">
                  <svg class="path" viewBox="0 0 120 24" role="img" aria-label="From ${param['min']} to ${param['max']}"><polyline points="${param['path']}"/></svg>
                </td>
              </tr>
% endfor
            </tbody>
          </table>
        </div>
      </section>
% endif
      <details class="panel" id="task-list" data-cookie="tasks_state" data-seconds="3600"
% if tasks_shown:
        open
% endif
      >
        <summary><h2>Tasks <span class="count" id="tasks-count">${len(tasks)}</span></h2></summary>
        <div class="scroll">
          <table id="tasks">
            <thead>
              <tr>
                <th>Task</th>
                <th>Worker</th>
                <th>Info</th>
                <th>Last update</th>
                <th class="number">Games</th>
                <th class="number">Wins</th>
                <th class="number">Losses</th>
                <th class="number">Draws</th>
                <th>Pentanomial</th>
                <th class="number">Crashes</th>
                <th class="number">Time losses</th>
% if not spsa_data:
                <th class="number">Residual</th>
% endif
              </tr>
            </thead>
            <tbody data-rows="/tests/tasks/${run['_id']}?show_task=${show_task}">
<%include file="tests_tasks.mak"/>
            </tbody>
          </table>
        </div>
      </details>
