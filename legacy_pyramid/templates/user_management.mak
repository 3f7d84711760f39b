<%!
    from domain.formatting import date, path_segment, repository_name
%>
<%inherit file="base.mak"/>
<%def name="title()">User management</%def>
<%
    lists = (
        ("pending", "Pending"),
        ("blocked", "Blocked"),
        ("approvers", "Approvers"),
        ("idle", "Idle"),
        ("all", "All"),
    )
%>
      <h1>User management</h1>
      <p class="filters">
% for key, heading in lists:
        <a href="#${key}">${heading} <span class="count">${len(users[key])}</span></a>
% endfor
      </p>
% for key, heading in lists:
      <section class="card" id="${key}">
        <h2>${heading} <span class="count">${len(users[key])}</span></h2>
        ${user_table(users[key])}
      </section>
% endfor
<%def name="user_table(found)">
        <div class="scroll">
          <table class="users">
            <thead>
              <tr>
                <th>Username</th>
                <th>Registered</th>
                <th class="number">Machines</th>
                <th>Groups</th>
                <th>Repository</th>
                <th>Email</th>
              </tr>
            </thead>
            <tbody>
% for user in found:
              <tr data-user="${user['username']}">
                <td><a href="/user/${path_segment(user['username'])}">${user["username"]}</a></td>
                <td class="date">${date(user["registration_time"])}</td>
                <td class="number">${user["machine_limit"]}</td>
                <td>${", ".join(user["groups"])}</td>
                <td>\
% if user["tests_repo"]:
<a href="${user['tests_repo']}" rel="noopener">${repository_name(user["tests_repo"])}</a>\
% endif
</td>
                <td>${user["email"]}</td>
              </tr>
% endfor
% if not found:
              <tr class="none"><td colspan="6">Nobody</td></tr>
% endif
            </tbody>
          </table>
        </div>
</%def>
