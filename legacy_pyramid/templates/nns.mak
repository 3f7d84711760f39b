<%!
    from domain.formatting import date, datetime_text
%>
<%inherit file="base.mak"/>
<%namespace name="finished" file="finished.mak"/>
<%def name="title()">Neural networks</%def>
<%def name="scripts()">    <script src="${layout.static_url('js/nns.js')}" defer></script></%def>
      <h1>Neural networks</h1>
      <p class="actions"><a class="button" href="/upload">Upload a network</a></p>
      <form class="search" id="search" action="/nns">
        <label>Network
          <input name="network_name" type="search" value="${network_name}" spellcheck="false">
        </label>
        <label>Uploaded by
          <input name="user" type="search" value="${user}" spellcheck="false">
        </label>
        <button type="submit">Search</button>
        <label class="choice"><input type="checkbox" id="master-only"\
% if master_only:
 checked\
% endif
> Only networks of master</label>
      </form>
      ${finished.pagination(pages)}
      <div class="scroll">
        <table id="nns">
          <thead>
            <tr>
              <th>Time</th>
              <th>Network</th>
              <th>Uploaded by</th>
              <th>First test</th>
              <th>Last test</th>
              <th class="number">Downloads</th>
            </tr>
          </thead>
          <tbody>
% for net in nns:
            <tr>
              <td class="date">${datetime_text(net["time"])}</td>
              <td class="net">\
% if "is_master" in net:
<strong class="master" title="Used in master">★</strong> \
% endif
<a href="/api/nn/${net['name']}">${net["name"]}</a></td>
              <td class="user">${net["user"]}</td>
              <td class="date">${test(net.get("first_test"))}</td>
              <td class="date">${test(net.get("last_test"))}</td>
              <td class="number">${net.get("downloads", 0)}</td>
            </tr>
% endfor
% if not nns:
            <tr class="none"><td colspan="6">No networks</td></tr>
% endif
          </tbody>
        </table>
      </div>
      ${finished.pagination(pages)}
<%def name="test(tested)">
% if tested:
<a href="/tests/view/${tested['id']}">${date(tested["date"])}</a>\
% endif
</%def>
