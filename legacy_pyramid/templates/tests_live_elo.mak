<%!
    from domain.formatting import result_box
%>
<%inherit file="base.mak"/>
<%namespace name="tables" file="run_table.mak"/>
<%def name="title()">Live Elo - ${page_title}</%def>
<%def name="scripts()">
    <script src="${layout.static_url('js/live_elo.js')}" defer></script>
</%def>
      <h1>Live Elo of <a href="/tests/view/${run['_id']}">${page_title}</a></h1>
      <section id="live-elo" data-run="${run['_id']}">
        <div class="gauges">
% for name, caption in (("elo", "Elo"), ("llr", "LLR"), ("los", "LOS")):
          <figure class="card gauge" id="gauge-${name}">
            <figcaption>${caption}</figcaption>
            <svg viewBox="0 0 200 112" role="img" aria-label="${caption}">
              <path class="scale" d="M 20 100 A 80 80 0 0 1 180 100"/>
              <path class="span" d="M 20 100 A 80 80 0 0 1 180 100" pathLength="1"/>
              <line class="hand" x1="100" y1="100" x2="36" y2="100"/>
            </svg>
            <output>…</output>
            <p class="ends"><span class="low"></span><span class="high"></span></p>
          </figure>
% endfor
        </div>
        <p id="live-state" class="quiet" role="status">Waiting for the first figures</p>
        <div class="card">
          ${tables.result(result_box(run))}
          <table class="values">
            <tbody>
              <tr><th scope="row">Elo bounds</th><td>${run["args"]["sprt"]["elo0"]}, ${run["args"]["sprt"]["elo1"]} (${run["args"]["sprt"]["elo_model"]})</td></tr>
              <tr><th scope="row">Elo</th><td id="elo-interval">…</td></tr>
              <tr><th scope="row">LLR</th><td id="llr-bounds">…</td></tr>
              <tr><th scope="row">Games</th><td id="games">…</td></tr>
              <tr><th scope="row">Pentanomial</th><td id="pentanomial">…</td></tr>
            </tbody>
          </table>
        </div>
      </section>
