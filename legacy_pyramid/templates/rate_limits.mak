<%inherit file="base.mak"/>
<%def name="title()">GitHub rate limits</%def>
<%def name="scripts()">    <script src="${layout.static_url('js/rate_limits.js')}" defer></script></%def>
      <h1>GitHub rate limits</h1>
      <p class="quiet">How often GitHub may still be asked before it refuses, until the number starts anew.</p>
      <section class="card" id="server">
        <h2>This server</h2>
        <dl class="figures">
          <div><dt>Limit</dt><dd data-field="limit">…</dd></div>
          <div><dt>Used</dt><dd data-field="used">…</dd></div>
          <div><dt>Remaining</dt><dd data-field="remaining">…</dd></div>
          <div><dt>Anew at</dt><dd data-field="reset">…</dd></div>
        </dl>
      </section>
      <section class="card" id="client">
        <h2>Your address</h2>
        <dl class="figures">
          <div><dt>Limit</dt><dd data-field="limit">…</dd></div>
          <div><dt>Used</dt><dd data-field="used">…</dd></div>
          <div><dt>Remaining</dt><dd data-field="remaining">…</dd></div>
          <div><dt>Anew at</dt><dd data-field="reset">…</dd></div>
        </dl>
      </section>
