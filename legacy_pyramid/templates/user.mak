<%!
    from domain.formatting import date, mailto, path_segment, repository_name
%>
<%inherit file="base.mak"/>
<%def name="title()">${user["username"]}${" - Profile" if profile else ""}</%def>
      <h1>${user["username"]}</h1>
      <dl class="figures">
        <div><dt>Registered</dt><dd id="registered">${date(user["registration_time"])}</dd></div>
        <div><dt>State</dt><dd id="state">${"blocked" if user["blocked"] else "pending" if user["pending"] else "active"}</dd></div>
        <div><dt>Machines at once</dt><dd id="machine-limit">${limit}</dd></div>
        <div><dt>CPU hours</dt><dd id="cpu-hours">${hours}</dd></div>
      </dl>
      <p class="filters">
        <a href="/tests/user/${path_segment(user['username'])}">Tests</a>
% if user["tests_repo"]:
        <a id="tests-repo" href="${user['tests_repo']}" rel="noopener">${repository_name(user["tests_repo"])}</a>
% endif
      </p>
% if profile:
${own_form()}
% else:
${approvers_forms()}
% endif
<%def name="own_form()">
      <section class="card account">
        <h2>Your account</h2>
        <form method="POST">
          <input type="hidden" name="user" value="${user['username']}">
          <label for="profile-email">Email</label>
          <input id="profile-email" name="email" type="email" autocomplete="email" value="${user['email']}">
          <label for="profile-repo">Repository of your tests</label>
          <input id="profile-repo" name="tests_repo" type="url" value="${user['tests_repo']}" placeholder="https://github.com/username/Stockfish">
          <label for="profile-password">New password (leave it empty to keep the old one)</label>
          <input id="profile-password" name="password" type="password" autocomplete="new-password" maxlength="72">
          <label for="profile-password2">The new password again</label>
          <input id="profile-password2" name="password2" type="password" autocomplete="new-password" maxlength="72">
          <label for="profile-old-password">Your password as it is now</label>
          <input id="profile-old-password" name="old_password" type="password" autocomplete="current-password" required>
          <button type="submit">Store</button>
        </form>
      </section>
</%def>
<%def name="approvers_forms()">
      <section class="card account">
        <h2>Account</h2>
        <p>Email: <a id="email" href="${mailto(user['email'])}">${user["email"]}</a></p>
        <div class="actions">
% if user["pending"]:
          ${decision("pending", "0", "Accept", "")}
          ${decision("pending", "1", "Reject", "danger")}
% elif user["blocked"]:
          ${decision("blocked", "0", "Unblock", "")}
% else:
          ${decision("blocked", "1", "Block", "danger")}
% endif
        </div>
      </section>
</%def>
<%def name="decision(name, value, text, kind)">
          <form method="POST">
            <input type="hidden" name="user" value="${user['username']}">
            <button type="submit" name="${name}" value="${value}" class="${kind}">${text}</button>
          </form>
</%def>
