<%!
    from domain.formatting import path_segment, repository_name, time_ago
%>
<%inherit file="base.mak"/>
<%def name="title()">Contributors${" - Top Month" if monthly else ""}</%def>
      <h1>Contributors${" - Top Month" if monthly else ""}</h1>
      <p class="filters">
        <a href="/contributors" aria-current="${'false' if monthly else 'true'}">All time</a>
        <a href="/contributors/monthly" aria-current="${'true' if monthly else 'false'}">Top month</a>
      </p>
      <dl class="figures">
        <div><dt>Testers</dt><dd id="testers">${f"{sums['testers']:,}"}</dd></div>
        <div><dt>Active testers</dt><dd id="active-testers">${f"{sums['active_testers']:,}"}</dd></div>
        <div><dt>Developers</dt><dd id="developers">${f"{sums['developers']:,}"}</dd></div>
        <div><dt>CPU years</dt><dd id="cpu-years">${f"{sums['cpu_years']:,.2f}"}</dd></div>
        <div><dt>Games played</dt><dd id="games">${f"{sums['games']:,}"}</dd></div>
        <div><dt>Tests submitted</dt><dd id="tests">${f"{sums['tests']:,}"}</dd></div>
      </dl>
      <div class="scroll">
        <table id="contributors">
          <thead>
            <tr>
              <th class="number">#</th>
              <th>Username</th>
              <th>Last active</th>
              <th class="number">Games/hour</th>
              <th class="number">CPU hours</th>
              <th class="number">Games played</th>
              <th class="number">Tests</th>
              <th>Repository</th>
            </tr>
          </thead>
          <tbody>
% for place, user in enumerate(users, start=1):
${contributor(place, user)}
% endfor
% if not users:
            <tr class="none"><td colspan="8">Nobody yet</td></tr>
% endif
          </tbody>
        </table>
      </div>
<%def name="contributor(place, user)">
            <tr data-user="${user['username']}">
              <td class="number quiet">${place}</td>
% if approver:
              <td><a href="/user/${path_segment(user['username'])}">${user["username"]}</a></td>
% else:
              <td>${user["username"]}</td>
% endif
              <td>${time_ago(user["last_updated"], now)}</td>
              <td class="number">${f"{user['games_per_hour']:,.0f}"}</td>
              <td class="number">${f"{user['cpu_hours']:,.0f}"}</td>
              <td class="number">${f"{user['games']:,}"}</td>
              <td class="number"><a href="/tests/user/${path_segment(user['username'])}">${f"{user['tests']:,}"}</a></td>
              <td>\
% if user["tests_repo"]:
<a href="${user['tests_repo']}" rel="noopener">${repository_name(user["tests_repo"])}</a>\
% endif
</td>
            </tr>
</%def>
