<%inherit file="base.mak"/>
<%def name="title()">SPRT calculator</%def>
<%def name="scripts()">    <script src="${layout.static_url('js/sprt_calc.js')}" defer></script></%def>
      <h1>SPRT calculator</h1>
      <p class="quiet">How likely a sequential test passes, and how many games it takes, by the true strength of the change. Error rates
        are 5 % on either side.</p>
      <form class="search" id="sprt">
        <label>Model
          <select name="elo_model">
            <option value="normalized">Normalized</option>
            <option value="logistic">Logistic</option>
          </select>
        </label>
        <label>Elo 0
          <input name="elo0" type="number" step="any" value="0" required>
        </label>
        <label>Elo 1
          <input name="elo1" type="number" step="any" value="2" required>
        </label>
        <label>Draw ratio
          <input name="draw_ratio" type="number" step="any" min="0" max="0.999" value="0.49" required>
        </label>
        <label>RMS bias (Elo)
          <input name="rms_bias" type="number" step="any" min="0" value="191" required>
        </label>
      </form>
      <p class="flash error" id="fault" role="alert" hidden>Elo 1 must lie above Elo 0, and every field needs a number.</p>
      <section id="found">
        <div class="charts">
          <figure class="card">
            <figcaption>Chance to pass</figcaption>
            <svg id="pass-chart" viewBox="0 0 600 200" role="img" aria-label="Chance to pass by strength">
              <line x1="0" y1="180" x2="600" y2="180"></line>
              <polyline points=""></polyline>
              <text class="top" x="4" y="14"></text>
              <text class="from" x="4" y="196"></text>
              <text class="to" x="596" y="196" text-anchor="end"></text>
            </svg>
          </figure>
          <figure class="card">
            <figcaption>Games to expect</figcaption>
            <svg id="games-chart" viewBox="0 0 600 200" role="img" aria-label="Games to expect by strength">
              <line x1="0" y1="180" x2="600" y2="180"></line>
              <polyline points=""></polyline>
              <text class="top" x="4" y="14"></text>
              <text class="from" x="4" y="196"></text>
              <text class="to" x="596" y="196" text-anchor="end"></text>
            </svg>
          </figure>
        </div>
        <div class="scroll">
          <table id="outcomes">
            <thead>
              <tr>
                <th class="number">Elo</th>
                <th class="number" id="other-model"></th>
                <th class="number">Chance to pass</th>
                <th class="number">Games to expect</th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
      </section>
