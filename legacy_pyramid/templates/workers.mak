<%!
    from domain.formatting import path_segment, time_ago
%>
<%inherit file="base.mak"/>
<%def name="title()">${worker["worker_name"] if worker else "Blocked workers"}</%def>
% if worker:
${worker_form()}
% endif
      <h1>Blocked workers</h1>
      <div class="scroll">
        <table id="blocked-workers">
          <thead>
            <tr>
              <th>Worker</th>
              <th>Last active</th>
              <th>Reason</th>
% if approver:
              <th>Owner</th>
% endif
            </tr>
          </thead>
          <tbody>
% for row in blocked_workers:
            <tr data-worker="${row['worker_name']}">
              <td><a href="/workers/${path_segment(row['worker_name'])}">${row["worker_name"]}</a></td>
              <td>${time_ago(row["last_updated"], now)}</td>
              <td class="info">${row["message"]}</td>
% if approver:
              <td>\
% if row["email"]:
<a href="${row['mailto']}">${row["email"]}</a>\
% endif
</td>
% endif
            </tr>
% endfor
% if not blocked_workers:
            <tr class="none"><td colspan="${4 if approver else 3}">No worker is blocked</td></tr>
% endif
          </tbody>
        </table>
      </div>
<%def name="worker_form()">
      <section class="card account" id="worker">
        <h2>${worker["worker_name"]}</h2>
        <p class="quiet">Last change: <span id="last-updated">${time_ago(worker["last_updated"], now)}</span></p>
        <form method="POST">
          <label class="choice"><input type="checkbox" name="blocked" value="1"\
% if worker["blocked"]:
 checked\
% endif
> Blocked</label>
          <label for="worker-message">Reason, shown to the owner (up to 500 characters)</label>
          <textarea id="worker-message" name="message" rows="6">
${worker["message"]}</textarea>
          <div class="actions">
            <button type="submit" name="submit" value="Submit">Submit</button>
            <a class="button" href="/workers/show">Cancel</a>
          </div>
        </form>
      </section>
</%def>
