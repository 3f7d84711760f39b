<%inherit file="base.mak"/>
<%namespace name="finished" file="finished.mak"/>
<%def name="title()">Event log</%def>
      <h1>Event log</h1>
      <form class="search" id="search" action="/actions">
        <label>Event
          <select name="action">
            <option value="">Usual events</option>
% for kind in kinds:
            <option value="${kind}"\
% if kind == search.action:
 selected\
% endif
>${kind}</option>
% endfor
          </select>
        </label>
        <label>User
          <input name="user" list="usernames" value="${search.user}" autocomplete="off">
        </label>
        <label class="wide">Text
          <input name="text" type="search" value="${search.text}" title="Any of the words; &quot;a phrase&quot;; -not this">
        </label>
        <label>Test
          <input name="run_id" value="${search.run_id}" spellcheck="false" placeholder="id">
        </label>
        <button type="submit">Search</button>
        <datalist id="usernames">
% for username in usernames:
          <option value="${username}"></option>
% endfor
        </datalist>
      </form>
      ${finished.pagination(pages)}
      <div class="scroll">
        <table id="actions">
          <thead>
            <tr>
              <th>Time</th>
              <th>Event</th>
              <th>Source</th>
              <th>Target</th>
              <th>Comment</th>
            </tr>
          </thead>
          <tbody>
% for action in actions:
            <tr class="${action['action']}">
              <td class="date">${action["time"]}</td>
              <td class="kind">${action["action"]}</td>
              <td class="source">${source(action)}</td>
              <td class="target">${target(action)}</td>
              <td class="info">${action["message"]}</td>
            </tr>
% endfor
% if not actions:
            <tr class="none"><td colspan="5">No events</td></tr>
% endif
          </tbody>
        </table>
      </div>
      ${finished.pagination(pages)}
<%def name="source(action)">
% if action["worker"] and action["action"] != "block_worker":
                ${worker(action)}
% else:
                ${action["username"]}
% endif
</%def>
<%def name="target(action)">
% if action["run_url"]:
                <a href="${action['run_url']}">${action["run"]}\
% if action["task_id"] is not None:
/${action["task_id"]}\
% endif
</a>
% elif action["nn"]:
                <a href="/api/nn/${action['nn']}">${action["nn"]}</a>
% elif action["action"] == "block_worker":
                ${worker(action)}
% elif action["user"] and approver:
                <a href="/user/${action['user']}">${action["user"]}</a>
% else:
                ${action["user"]}
% endif
</%def>
<%def name="worker(action)">
% if approver:
                <a href="/workers/${action['short_worker_name']}">${action["worker"]}</a>
% else:
                ${action["worker"]}
% endif
</%def>
