<%inherit file="base.mak"/>
<%namespace name="tables" file="run_table.mak"/>
<%namespace name="finished" file="finished.mak"/>
<%def name="title()">${username} - tests${f" - page {page_idx + 1}" if page_idx else ""}</%def>
% if approver:
      <h1>Tests of <a href="/user/${username}">${username}</a></h1>
% else:
      <h1>Tests of ${username}</h1>
% endif
% if page_idx == 0:
      ${tables.queue()}
% endif
      ${finished.panel()}
