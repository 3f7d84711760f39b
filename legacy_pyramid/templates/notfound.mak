<%inherit file="base.mak"/>
<%def name="title()">404 - Page not found</%def>
      <section class="narrow">
        <h1>404</h1>
        <p>There is no such page.</p>
        <p><a href="/tests">Go to the tests</a></p>
      </section>
