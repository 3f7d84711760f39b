<%inherit file="base.mak"/>
<%def name="title()">Upload a network</%def>
      <section class="narrow">
        <h1>Upload a network</h1>
        <p class="quiet">The file is named <code>nn-</code>, the first 12 digits of its SHA-256, <code>.nnue</code>, and is smaller
          than 200 MB. Everybody can download it; upload only what you may give away.</p>
        <form method="POST" enctype="multipart/form-data">
          <label for="network">Network</label>
          <input id="network" name="network" type="file" accept=".nnue" required>
          <button type="submit">Upload</button>
        </form>
      </section>
