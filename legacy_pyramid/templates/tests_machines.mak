<%!
    from domain.formatting import time_ago
%>
<div class="scroll">
  <table class="machines">
    <thead>
      <tr>
        <th>Machine</th>
        <th>Country</th>
        <th class="number">Cores</th>
        <th class="number">Mnps</th>
        <th class="number">MiB</th>
        <th>System</th>
        <th>Architecture</th>
        <th>Compiler</th>
        <th>Python</th>
        <th>Version</th>
        <th>Test</th>
        <th>Last active</th>
      </tr>
    </thead>
    <tbody>
% for machine in machines:
      <tr>
        <td class="machine">${machine["worker"]}</td>
        <td>${machine["country"]}</td>
        <td class="number">${machine["cores"]}</td>
        <td class="number">${f"{machine['nps'] / 1000000:.2f}"}</td>
        <td class="number">${machine["max_memory"]}</td>
        <td>${machine["uname"]}</td>
        <td>${machine["arch"]}</td>
        <td>${machine["compiler"]}</td>
        <td>${machine["python"]}</td>
        <td>${machine["version"]}</td>
        <td><a href="/tests/view/${machine['run_id']}?show_task=${machine['task_id']}">${machine["new_tag"]}/${machine["task_id"]}</a></td>
        <td>${time_ago(machine["last_updated"], now)}</td>
      </tr>
% endfor
% if not machines:
      <tr class="none"><td colspan="12">No machines at work</td></tr>
% endif
    </tbody>
  </table>
</div>
