<%!
    from domain.formatting import time_ago
%>
% for task in tasks:
              <tr id="task-${task['task_id']}" class="${'bad' if task['bad'] else ''} ${'active' if task['active'] else ''} ${'shown' if task['task_id'] == show_task else ''}">
                <td><a href="/api/pgn/${run['_id']}-${task['task_id']}.pgn" title="Games of this task">${task["task_id"]}</a></td>
% if approver:
                <td class="machine"><a href="/workers/${task['short_worker']}">${task["worker"]}</a></td>
% else:
                <td class="machine">${task["worker"]}</td>
% endif
                <td>${task["info"]}</td>
                <td>${time_ago(task["last_updated"], now)}</td>
                <td class="number">${task["played"]} / ${task["num_games"]}</td>
                <td class="number">${task["stats"]["wins"]}</td>
                <td class="number">${task["stats"]["losses"]}</td>
                <td class="number">${task["stats"]["draws"]}</td>
                <td>${", ".join(map(str, task["stats"]["pentanomial"]))}</td>
                <td class="number">${task["stats"]["crashes"]}</td>
                <td class="number">${task["stats"]["time_losses"]}</td>
% if "spsa" not in run["args"]:
                <td class="number residual ${task['residual_color']}">\
% if task["residual"] is not None:
${f"{task['residual']:.3f}"}\
% endif
</td>
% endif
              </tr>
% endfor
% if not tasks:
              <tr class="none"><td colspan="12">No tasks yet</td></tr>
% endif
