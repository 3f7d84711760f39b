<%namespace name="tables" file="run_table.mak"/>
<%def name="panel()">
      <details class="panel" id="finished" data-cookie="${toggle_prefix}finished_state" data-seconds="315360000"
% if layout.is_open(f"{toggle_prefix}finished", True):
        open
% endif
      >
        <summary><h2>Finished <span class="count" id="finished-count">${num_finished_runs}</span></h2></summary>
${block()}
      </details>
</%def>
<%def name="block()">
        <p class="filters">
          <a href="?" aria-current="${'false' if success_only or yellow_only or ltc_only else 'true'}">All</a>
          <a href="?success_only=1" aria-current="${'true' if success_only else 'false'}">Greens</a>
          <a href="?yellow_only=1" aria-current="${'true' if yellow_only else 'false'}">Yellows</a>
          <a href="?ltc_only=1" aria-current="${'true' if ltc_only else 'false'}">LTC</a>
        </p>
        ${pagination(finished_runs_pages)}
        ${tables.run_table(finished_runs)}
        ${pagination(finished_runs_pages)}
</%def>
<%def name="pagination(pages)">
% if pages:
        <nav class="pages" aria-label="Pages">
% for page in pages:
% if page["state"] == "disabled":
          <span>${page["idx"]}</span>
% elif page["state"] == "active":
          <span aria-current="page">${page["idx"]}</span>
% else:
          <a href="${page['url']}">${page["idx"]}</a>
% endif
% endfor
        </nav>
% endif
</%def>
