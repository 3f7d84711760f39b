<%namespace name="tables" file="run_table.mak"/>
<%def name="block()">
      <details class="panel" id="finished" data-cookie="finished_state" data-seconds="315360000"
% if layout.is_open("finished", True):
        open
% endif
      >
        <summary><h2>Finished <span class="count" id="finished-count">${num_finished_runs}</span></h2></summary>
        <p class="filters">
          <a href="/tests">All</a>
          <a href="/tests?success_only=1" aria-current="${'true' if success_only else 'false'}">Greens</a>
          <a href="/tests?yellow_only=1" aria-current="${'true' if yellow_only else 'false'}">Yellows</a>
          <a href="/tests?ltc_only=1" aria-current="${'true' if ltc_only else 'false'}">LTC</a>
        </p>
        ${pagination(finished_runs_pages)}
        ${tables.run_table(finished_runs)}
        ${pagination(finished_runs_pages)}
      </details>
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
