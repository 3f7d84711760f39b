<%inherit file="base.mak"/>
<%namespace name="finished" file="finished.mak"/>
<%def name="heading()">Finished tests${" - Greens" if success_only else ""}${" - Yellows" if yellow_only else ""}${" - LTC" if ltc_only else ""}</%def>
<%def name="title()">${heading()}${f" - page {page_idx + 1}" if page_idx else ""}</%def>
      <h1>${heading()} <span class="count" id="finished-count">${num_finished_runs}</span></h1>
      <section class="card" id="finished">
${finished.block()}
      </section>
